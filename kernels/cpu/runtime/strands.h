// kernels/cpu/runtime/strands.h — the sums of reductions.h for several rows side by side.
//
// One row's sum waits for each of its additions; four rows' sums fill the time. A row's order of additions stays that of
// strand_sum, and so do its bits.
#pragma once

#include <algorithm>

#include "../../maths/norm.h"

namespace sild {
namespace {

constexpr int ABREAST = 4;  // rows

/** A float of each strand: one register, or as many as it takes. */
typedef float Strands __attribute__((vector_size(4 * STRANDS)));

/** x[0 … n), zeros from n on. */
inline Strands strands(const float* x, int64_t n) {
  Strands s = {};
  __builtin_memcpy(&s, x, sizeof(float) * uint64_t(std::min<int64_t>(n, STRANDS)));
  return s;
}

inline float total(Strands s) {
  float strand[STRANDS];
  __builtin_memcpy(strand, &s, sizeof s);
  for (int width = STRANDS / 2; width > 0; width /= 2)
    for (int i = 0; i < width; i++) strand[i] += strand[i + width];
  return strand[0];
}

/** Mean and 1/√(variance + ε) of some rows of n columns. */
template <int rows>
inline void moments(float* mean, float* rstd, const float* x, int64_t n) {
  const int64_t whole = n / STRANDS * STRANDS;
  Strands sum[rows] = {};
  for (int64_t i = 0; i < whole; i += STRANDS)
    for (int r = 0; r < rows; r++) sum[r] += strands(x + r * n + i, STRANDS);
  for (int r = 0; r < rows; r++) {
    sum[r] += strands(x + r * n + whole, n - whole);
    mean[r] = total(sum[r]) / float(n);
    sum[r] = Strands{};
  }
  for (int64_t i = 0; i < whole; i += STRANDS)
    for (int r = 0; r < rows; r++) {
      Strands d = strands(x + r * n + i, STRANDS) - mean[r];
      sum[r] += d * d;
    }
  for (int r = 0; r < rows; r++) {
    for (int64_t i = whole; i < n; i++) sum[r][i - whole] += (x[r * n + i] - mean[r]) * (x[r * n + i] - mean[r]);
    rstd[r] = 1.0f / square_root(total(sum[r]) / float(n) + NORM_EPSILON);
  }
}

}  // namespace
}  // namespace sild
