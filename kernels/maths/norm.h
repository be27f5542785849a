// kernels/maths/norm.h — layer norm (Ba, Kiros, Hinton 2016), over the N columns of one row.
//
//   x̂ = (x − μ) r,  μ = mean x,  r = 1/√(var x + 10⁻⁵),   y = g x̂ + s
//   dx = r ( g dy − mean(g dy) − x̂ mean(g dy x̂) )         dg = Σ_rows dy x̂      ds = Σ_rows dy
//
// Sums over a row run in 16 strands that are added pairwise: the same order whatever the width of a vector.
#pragma once

#include "elementary.h"

namespace sild {

constexpr float NORM_EPSILON = 1e-5f;
constexpr int STRANDS = 16;

/** Σ_i term(i), i < n, strand i mod 16. */
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
