// kernels/cpu/softmax.cpp
#include "../maths/softmax.h"

#include "../maths/reductions.h"
#include "runtime/stream.h"

using namespace sild;

namespace {

/** In sixteen strands, as a sum. */
inline float largest(const float* x, int64_t n) {
  float strand[STRANDS];
  std::fill(strand, strand + STRANDS, -__builtin_inff());
  const int64_t whole = n / STRANDS * STRANDS;
  for (int64_t i = 0; i < whole; i += STRANDS)
    for (int s = 0; s < STRANDS; s++) strand[s] = larger(strand[s], x[i + s]);
  for (int64_t i = whole; i < n; i++) strand[0] = larger(strand[0], x[i]);
  for (int s = 1; s < STRANDS; s++) strand[0] = larger(strand[0], strand[s]);
  return strand[0];
}

}  // namespace

extern "C" {

SILD_OP(sild_softmax_forward)(float* p, const float* logits, int64_t B, int64_t C, sild_stream* stream) {
  parallel_rows(stream, B, 8 * C, [=](int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; b++) {
      const float* __restrict__ l = logits + b * C;
      float* __restrict__ row = p + b * C;
      const float most = largest(l, C);
      for (int64_t c = 0; c < C; c++) row[c] = exponential(l[c] - most);
      const float share = 1.0f / strand_sum(C, [=](int64_t c) { return row[c]; });
      for (int64_t c = 0; c < C; c++) row[c] *= share;
    }
  });
  return SILD_OK;
}

SILD_OP(sild_softmax_backward)(float* dlogits, const float* dp, const float* p, int64_t B, int64_t C, sild_stream* stream) {
  parallel_rows(stream, B, C, [=](int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; b++) {
      const float *row = p + b * C, *d = dp + b * C;
      float* dl = dlogits + b * C;
      const float mean = strand_sum(C, [=](int64_t c) { return row[c] * d[c]; });
#pragma GCC ivdep
      for (int64_t c = 0; c < C; c++) dl[c] = row[c] * (d[c] - mean);
    }
  });
  return SILD_OK;
}
}
