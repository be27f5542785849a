// kernels/cpu/norm.cpp
#include "../maths/norm.h"

#include "runtime/strands.h"
#include "runtime/stream.h"

using namespace sild;

namespace {

inline void normalise(float* y, const float* x, float mean, float rstd, const float* gain, const float* shift, int64_t n) {
  for (int64_t j = 0; j < n; j++) y[j] = fma((x[j] - mean) * rstd, gain[j], shift[j]);
}

}  // namespace

extern "C" {

SILD_OP(sild_norm_forward)(float* y, float* mean, float* rstd, const float* x, const float* gain, const float* shift, int64_t B,
                           int64_t N, sild_stream* stream) {
  parallel_for(stream, B, ABREAST, std::max<int64_t>(2, 8192 / std::max<int64_t>(N, 1)), [=](int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; b += ABREAST) {
      int64_t rows = std::min<int64_t>(ABREAST, end - b);
      float mu[ABREAST], r[ABREAST];
      if (rows == ABREAST)
        moments<ABREAST>(mu, r, x + b * N, N);
      else
        for (int64_t i = 0; i < rows; i++) moments<1>(mu + i, r + i, x + (b + i) * N, N);
      for (int64_t i = 0; i < rows; i++) normalise(y + (b + i) * N, x + (b + i) * N, mu[i], r[i], gain, shift, N);
      std::copy(mu, mu + rows, mean + b);
      std::copy(r, r + rows, rstd + b);
    }
  });
  return SILD_OK;
}

SILD_OP(sild_norm_backward)(float* dx, float* dgain, float* dshift, const float* dy, const float* x, const float* mean,
                            const float* rstd, const float* gain, int64_t B, int64_t N, int dx_add, sild_stream* stream) {
  // First the parameters' gradients, while dx may still be the same array as dy.
  parallel_for(stream, N, STRANDS, std::max<int64_t>(STRANDS, 65536 / std::max<int64_t>(B, 1)), [=](int64_t begin, int64_t end) {
    std::fill(dgain + begin, dgain + end, 0.0f);
    std::fill(dshift + begin, dshift + end, 0.0f);
    for (int64_t b = 0; b < B; b++)
      for (int64_t j = begin; j < end; j++) {
        float hat = (x[b * N + j] - mean[b]) * rstd[b];
        dgain[j] = fma(dy[b * N + j], hat, dgain[j]);
        dshift[j] += dy[b * N + j];
      }
  });
  parallel_rows(stream, B, N, [=](int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; b++) {
      const float *row = x + b * N, *dy_row = dy + b * N;
      float mu = mean[b], r = rstd[b];
      float first = strand_sum(N, [=](int64_t j) { return dy_row[j] * gain[j]; }) / float(N);
      float second = strand_sum(N, [=](int64_t j) { return dy_row[j] * gain[j] * ((row[j] - mu) * r); }) / float(N);
      for (int64_t j = 0; j < N; j++) {
        float hat = (row[j] - mu) * r;
        float d = r * (dy_row[j] * gain[j] - first - hat * second);
        dx[b * N + j] = dx_add ? dx[b * N + j] + d : d;
      }
    }
  });
  return SILD_OK;
}
}
