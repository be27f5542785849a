// kernels/maths/reductions.h — sums in a fixed order.
//
//   Σ_i term(i) in 16 strands, strand i mod 16, that are added pairwise at the end: the same order, and so the same bits,
//   whatever the width of a vector and the number of threads.
#pragma once

#include "elementary.h"

namespace sild {

constexpr int STRANDS = 16;

/** Σ_i term(i), i < n, accumulated in f32. */
template <class Term>
SILD_FN float strand_sum(int64_t n, const Term& term) {
  float strand[STRANDS] = {};
  int64_t whole = n / STRANDS * STRANDS;
  for (int64_t i = 0; i < whole; i += STRANDS)
    for (int s = 0; s < STRANDS; s++) strand[s] += term(i + s);
  for (int64_t i = whole; i < n; i++) strand[i - whole] += term(i);
  for (int width = STRANDS / 2; width > 0; width /= 2)
    for (int s = 0; s < width; s++) strand[s] += strand[s + width];
  return strand[0];
}

}  // namespace sild
