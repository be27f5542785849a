// kernels/cpu/sampler_step.cpp
#include "../maths/sampler_step.h"

#include "../maths/step.h"
#include "runtime/noise.h"
#include "runtime/stream.h"

struct sild_step : sild::Step {};

using namespace sild;

extern "C" SILD_OP(sild_sampler_step)(float* next, const float* x, const float* denoised, const float* previous, int64_t B,
                                      int64_t N, float a, float b, float c, float s, uint32_t seed, uint32_t purpose,
                                      const sild_step* samples, uint32_t step, sild_stream* stream) {
  uint64_t first_sample = samples ? samples->first_sample : 0;
  parallel_rows(stream, B, 4 * N, [=](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; row++)
      for (int64_t e = 0; e < N; e += NOISE_CHUNK) {
        int64_t n = std::min<int64_t>(NOISE_CHUNK, N - e), at = row * N + e;
        if (x && denoised)
          for (int64_t i = 0; i < n; i++) next[at + i] = sampler_step(x[at + i], denoised[at + i], a, b);
        else
          for (int64_t i = 0; i < n; i++) next[at + i] = x ? a * x[at + i] : denoised ? b * denoised[at + i] : 0.0f;
        if (previous)
          for (int64_t i = 0; i < n; i++) next[at + i] = fma(c, previous[at + i], next[at + i]);
        if (s != 0.0f) {
          float noise[NOISE_CHUNK];
          fill_normals(noise, {seed, purpose}, e, n, first_sample + uint64_t(row), step);
          for (int64_t i = 0; i < n; i++) next[at + i] = fma(s, noise[i], next[at + i]);
        }
      }
  });
  return SILD_OK;
}
