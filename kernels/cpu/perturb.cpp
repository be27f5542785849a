// kernels/cpu/perturb.cpp — gather, normalise, draw σ and noise, and scale for the network, in one pass over the row.
#include "../maths/perturb.h"

#include "../maths/precondition.h"
#include "../maths/step.h"
#include "runtime/gather.h"
#include "runtime/noise.h"

struct sild_step : sild::Step {};

using namespace sild;

extern "C" {

SILD_OP(sild_perturb)(float* noisy, float* sigma, const sild_gather* g, int64_t B, int law, float a, float b, float sigma_data,
                      uint32_t seed, uint32_t purpose, const sild_step* step, sild_stream* stream) {
  if (!valid(g) || law < SIGMA_FIXED || law > SIGMA_LOG_NORMAL) return SILD_BAD_ARGUMENT;
  int64_t D = g->parts * g->width;
  Key key{seed, purpose};
  parallel_rows(stream, B, 4 * D, [=](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; row++) {
      if (row + 1 < end) ask_for(*g, row + 1);
      uint64_t sample = step->first_sample + uint64_t(row);
      float s = sigma[row] = draw_sigma(law, a, b, key, sample);
      float in = precondition(s, sigma_data).in;  // 1 without preconditioning
      for (int64_t e = 0; e < D; e += NOISE_CHUNK) {
        int64_t n = std::min<int64_t>(NOISE_CHUNK, D - e);
        float x[NOISE_CHUNK], noise[NOISE_CHUNK];
        gather(x, *g, row, e, n);
        float* __restrict__ out = noisy + row * D + e;
        if (s == 0.0f) {  // encoding: no noise to draw
          for (int64_t i = 0; i < n; i++) out[i] = in * x[i];
          continue;
        }
        fill_normals(noise, key, e, n, sample, 0);
        for (int64_t i = 0; i < n; i++) out[i] = in * fma(s, noise[i], x[i]);
      }
    }
  });
  return SILD_OK;
}

SILD_OP(sild_draw_indices)(int32_t* index, int64_t B, int32_t parts, int64_t rows, uint32_t seed, uint32_t purpose,
                           const sild_step* step, sild_stream*) {
  if (rows < 1 || rows > INT32_MAX || parts < 1) return SILD_BAD_ARGUMENT;
  for (int64_t b = 0; b < B; b++)
    for (int32_t part = 0; part < parts; part++)
      index[b * parts + part] = draw_index({seed, purpose}, step->first_sample + uint64_t(b), uint32_t(part), uint32_t(rows));
  return SILD_OK;
}
}
