// kernels/cpu/reparameterise.cpp — a row after the other; the backward pass draws the noise again.
#include "../maths/reparameterise.h"

#include "../maths/reductions.h"
#include "../maths/step.h"
#include "runtime/noise.h"
#include "runtime/stream.h"

struct sild_step : sild::Step {};

using namespace sild;

extern "C" {

SILD_OP(sild_reparameterise_forward)(float* z, float* kl, const float* code, int64_t B, int64_t Z, uint32_t seed, uint32_t purpose,
                                     const sild_step* step, sild_stream* stream) {
  parallel_rows(stream, B, 4 * Z, [=](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; row++) {
      float sum = 0.0f;
      for (int64_t e = 0; e < Z; e += NOISE_CHUNK) {
        const int64_t n = std::min<int64_t>(NOISE_CHUNK, Z - e);
        const float *mean = code + 2 * row * Z + e, *l = mean + Z;
        float* __restrict__ out = z + row * Z + e;
        float s[NOISE_CHUNK], noise[NOISE_CHUNK];
        if (step || kl)
          for (int64_t i = 0; i < n; i++) s[i] = deviation(l[i]);
        if (step) {
          fill_normals(noise, {seed, purpose}, e, n, step->first_sample + uint64_t(row), 0);
          for (int64_t i = 0; i < n; i++) out[i] = fma(s[i], noise[i], mean[i]);
        } else {
          std::copy(mean, mean + n, out);
        }
        const float* deviations = s;
        if (kl) sum += strand_sum(n, [=](int64_t i) { return divergence(mean[i], l[i], deviations[i]); });
      }
      if (kl) kl[row] = 0.5f * sum;
    }
  });
  return SILD_OK;
}

SILD_OP(sild_reparameterise_backward)(float* dcode, const float* dz, const float* code, int64_t B, int64_t Z, float weight,
                                      uint32_t seed, uint32_t purpose, const sild_step* step, sild_stream* stream) {
  parallel_rows(stream, B, 4 * Z, [=](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; row++)
      for (int64_t e = 0; e < Z; e += NOISE_CHUNK) {
        const int64_t n = std::min<int64_t>(NOISE_CHUNK, Z - e);
        const float *mean = code + 2 * row * Z + e, *l = mean + Z, *d = dz + row * Z + e;
        float *__restrict__ dmean = dcode + 2 * row * Z + e, *__restrict__ dl = dmean + Z;
        float noise[NOISE_CHUNK] = {};
        if (step) fill_normals(noise, {seed, purpose}, e, n, step->first_sample + uint64_t(row), 0);
        for (int64_t i = 0; i < n; i++) dmean[i] = fma(weight, mean[i], d[i]);
        for (int64_t i = 0; i < n; i++) dl[i] = log_variance_gradient(d[i], l[i], deviation(l[i]), noise[i], weight);
      }
  });
  return SILD_OK;
}
}
