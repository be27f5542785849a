// kernels/cpu/runtime/group.h — one group of group_norm: its moments, and what its channels make of a piece of it.
#pragma once

#include "../../maths/group_norm.h"
#include "strands.h"

namespace sild {
namespace {

constexpr int64_t PART = 4096;  // numbers whose moments are taken at once

/** x[0 … n) − a, zeros from n on. */
inline Strands less(const float* x, int64_t n, float a) {
  Strands s = Strands{} + a;
  __builtin_memcpy(&s, x, sizeof(float) * uint64_t(n));
  return s - a;
}

/** Σ_i term(i, k), each a sum of numbers i … i + k, k ≤ 16: four sums at once fill the time that an addition takes. */
template <class Term>
inline float abreast_sum(int64_t n, const Term& term) {
  Strands sum[ABREAST] = {};
  int64_t i = 0;
  for (; i + ABREAST * STRANDS <= n; i += ABREAST * STRANDS)
    for (int k = 0; k < ABREAST; k++) sum[k] += term(i + k * STRANDS, int64_t(STRANDS));
  for (; i + STRANDS <= n; i += STRANDS) sum[0] += term(i, int64_t(STRANDS));
  if (i < n) sum[1] += term(i, n - i);
  return total((sum[0] + sum[1]) + (sum[2] + sum[3]));
}

/** Mean and 1/√(variance + ε) of n numbers. */
inline void group_moments(float* mean, float* rstd, const float* x, int64_t n) {
  double whole_mean = 0.0, squares = 0.0;
  for (int64_t at = 0; at < n; at += PART) {
    const float* part = x + at;
    const int64_t m = std::min(PART, n - at);
    const float mu = abreast_sum(m, [=](int64_t i, int64_t k) { return less(part + i, k, 0.0f); }) / float(m);
    const float deviations = abreast_sum(m, [=](int64_t i, int64_t k) {
      Strands d = less(part + i, k, mu);
      return d * d;
    });
    const double apart = double(mu) - whole_mean, share = double(m) / double(at + m);
    whole_mean += apart * share;
    squares += double(deviations) + apart * apart * share * double(at);
  }
  *mean = float(whole_mean);
  *rstd = 1.0f / square_root(float(squares / double(n)) + NORM_EPSILON);
}

/** One sample's group: its numbers begin at channel `first`. */
struct Group {
  Channels of;
  int64_t first, P;
  float mean, rstd;

  /** visit(c, begin, end) for the channels of numbers at … at + m, c counted from the group's first. */
  template <class Visit>
  void each_channel(int64_t at, int64_t m, const Visit& visit) const {
    int64_t c = at / P, end = std::min(m, (c + 1) * P - at);
    for (int64_t begin = 0; begin < m; begin = end, end = std::min(m, end + P)) visit(c++, begin, end);
  }

  /** u = x̂ weight + offset, for numbers at … at + m. */
  void spread(float* weight, float* offset, int64_t at, int64_t m) const {
    each_channel(at, m, [=](int64_t c, int64_t begin, int64_t end) {
      const Affine a = of.affine(first + c);
      if (P < STRANDS)  // less than what it takes to begin a loop over vectors
        for (int64_t i = begin; i < end; i++) weight[i] = a.weight, offset[i] = a.offset;
      else
        std::fill(weight + begin, weight + end, a.weight), std::fill(offset + begin, offset + end, a.offset);
    });
  }
};

}  // namespace
}  // namespace sild
