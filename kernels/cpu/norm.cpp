// kernels/cpu/norm.cpp
#include "../maths/norm.h"

#include "runtime/stream.h"

using namespace sild;

extern "C" {

SILD_OP(sild_norm_forward)(float* y, float* mean, float* rstd, const float* x, const float* gain, const float* shift, int64_t B,
                           int64_t N, sild_stream* stream) {
  parallel_rows(stream, B, N, [=](int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; b++) {
      const float* row = x + b * N;
      float mu = strand_sum(N, [=](int64_t j) { return row[j]; }) / float(N);
      float variance = strand_sum(N, [=](int64_t j) { return (row[j] - mu) * (row[j] - mu); }) / float(N);
      float r = 1.0f / __builtin_sqrtf(variance + NORM_EPSILON);
      for (int64_t j = 0; j < N; j++) y[b * N + j] = fma((row[j] - mu) * r, gain[j], shift[j]);
      mean[b] = mu;
      rstd[b] = r;
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
