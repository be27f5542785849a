// kernels/maths/mmd.h — the squared maximum mean discrepancy of two samples (Gretton et al. 2012, lemma 6), as WAE-MMD uses it.
//
//   k(x, y) = Σ_s C_s/(C_s + ‖x − y‖²),  C_s = 2 Z s,  s ∈ {0.1, 0.2, 0.5, 1, 2, 5, 10}      Tolstikhin et al. 2018
//
//   MMD² = 1/(B(B−1)) Σ_{i≠j} [k(z_i, z_j) + k(p_i, p_j)] − 2/B² Σ_{ij} k(z_i, p_j)         z, p: (B, Z)
//        = 1/B Σ_i value_i,   value_i = Σ_j ( [i≠j] (k(z_i, z_j) + k(p_i, p_j))/(B−1) − 2/B k(z_i, p_j) )
//   ∂MMD²/∂z_i = 4/B Σ_j ( g(z_i, p_j) (z_i − p_j)/B − g(z_i, z_j) (z_i − z_j)/(B−1) ),      g = Σ_s C_s/(C_s + ‖x − y‖²)²
//
// Unbiased: its mean is 0 if z and p have one law. The three kernels of a pair are combined before they are added up: they are
// near 7 each, their combination near 0. Squares are sums of differences: ‖x‖² − 2⟨x, y⟩ + ‖y‖² would lose what is small.
#pragma once

#include "function.h"

namespace sild {

template <class T>
struct Similarity {
  T kernel, slope;  // k, g
};

/** Of two points whose squared distance is this; twice_z: 2 Z. */
template <class T>
SILD_FN Similarity<T> similarity(T square, float twice_z) {
  Similarity<T> sum = {T{}, T{}};
  auto add = [&](float scale) {
    float c = scale * twice_z;
    T inverse = 1.0f / (c + square), share = c * inverse;
    sum.kernel += share;
    sum.slope += share * inverse;
  };
  add(0.1f), add(0.2f), add(0.5f), add(1.0f), add(2.0f), add(5.0f), add(10.0f);
  return sum;
}

/** What a pair of rows weighs. */
struct MmdWeights {
  float alike, mixed;            // of kernels in value_i: 1/(B−1), 2/B
  float alike_step, mixed_step;  // of g (z_i − y_j) in the gradient
};

SILD_FN MmdWeights mmd_weights(float rows, float weight) {
  float alike = 1.0f / (rows - 1.0f), mixed = 1.0f / rows, gradient = 4.0f * weight * mixed;
  return {alike, 2.0f * mixed, gradient * alike, gradient * mixed};
}

}  // namespace sild
