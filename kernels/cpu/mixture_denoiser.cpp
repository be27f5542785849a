// kernels/cpu/mixture_denoiser.cpp — one row, one component after the other.
#include "../maths/mixture_denoiser.h"

#include "../maths/reductions.h"
#include "runtime/stream.h"

using namespace sild;

extern "C" SILD_OP(sild_mixture_denoiser)(float* denoised, float* density, const float* x, const float* centres,
                                          const float* log_weights, const float* variances, const float* sigma, int64_t B,
                                          int64_t M, int64_t D, sild_stream* stream) {
  if (M < 1 || D < 1) return SILD_BAD_ARGUMENT;
  float dimension = float(D), first_variance = variances ? variances[0] : 0.0f;
  parallel_rows(stream, B, M * D, [=](int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; b++) {
      const float* row = x + b * D;
      float* __restrict__ numerator = denoised + b * D;  // Σ (1 − s) μ e^{logit − largest}
      float square_sigma = sigma[b] * sigma[b], first_inverse = 1.0f / (first_variance + square_sigma);
      float largest = NO_LOGIT, sum = 0.0f, kept = 0.0f;
      std::fill(numerator, numerator + D, 0.0f);
      for (int64_t i = 0; i < M; i++) {
        const float* centre = centres + i * D;
        float square = strand_sum(D, [=](int64_t j) { return (row[j] - centre[j]) * (row[j] - centre[j]); });
        Component c = component(log_weights ? log_weights[i] : 0.0f, variances ? variances[i] : 0.0f, square_sigma, first_inverse,
                                dimension);
        float level = logit(c, square);
        if (level > largest) {
          float down = exponential(largest - level);
          for (int64_t j = 0; j < D; j++) numerator[j] *= down;
          sum *= down;
          kept *= down;
          largest = level;
        }
        float weight = exponential(level - largest);  // NaN stays NaN
        sum += weight;
        kept = fma(c.share, weight, kept);
        float moved = weight - c.share * weight;
        for (int64_t j = 0; j < D; j++) numerator[j] = fma(moved, centre[j], numerator[j]);
      }
      for (int64_t j = 0; j < D; j++) numerator[j] = fma(kept, row[j], numerator[j]) / sum;
      if (density) density[b] = log_density(largest, sum, first_variance, sigma[b], dimension, log_weights ? 1.0f : float(M));
    }
  });
  return SILD_OK;
}
