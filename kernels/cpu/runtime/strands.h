// kernels/cpu/runtime/strands.h — the sums of reductions.h for several rows side by side.
//
// One row's sum waits for each of its additions; four rows' sums fill the time. A row's order of additions stays that of
// strand_sum, and so do its bits.
#pragma once

#include <algorithm>

#include "../../maths/norm.h"

#if defined(__AVX512F__)
#include <immintrin.h>
#endif

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

/** total() of four. */
inline void totals(float* sums, const Strands (&s)[4]) {
#if defined(__AVX512F__)
  auto add = [](__m512 a, __m512 b) { return _mm512_add_ps(a, b); };
  auto halves = [=](Strands a, Strands b) {
    return add(_mm512_shuffle_f32x4((__m512)a, (__m512)b, 0x44), _mm512_shuffle_f32x4((__m512)a, (__m512)b, 0xee));
  };
  __m512 first = halves(s[0], s[1]), second = halves(s[2], s[3]);
  __m512 fours = add(_mm512_shuffle_f32x4(first, second, 0x88), _mm512_shuffle_f32x4(first, second, 0xdd));
  __m512 twos = add(fours, _mm512_permute_ps(fours, 0x4e));
  __m512 ones = add(twos, _mm512_permute_ps(twos, 0xb1));
  _mm_storeu_ps(sums, _mm512_castps512_ps128(_mm512_maskz_compress_ps(0x1111, ones)));
#else
  for (int i = 0; i < 4; i++) sums[i] = total(s[i]);
#endif
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
