// kernels/maths/reparameterise.h — the reparameterised sample of a diagonal Gaussian (Kingma & Welling 2014), and its divergence.
//
//   code = (μ, l), l = ln variance, kept in [−30, 20] (Rombach et al. 2022)                 μ, l, z: (B, Z)  code: (B, 2Z)
//   z = μ + s n,  s = e^{l/2},  n ~ N(0, I)
//   KL(N(μ, s² I) ‖ N(0, I)) = ½ Σ_j (μ² + s² − 1 − l)                                     appendix B
//
//   dμ = dz + w μ,   dl = ½ dz s n + ½ w (s² − 1), 0 where l was not kept but moved         w: weight of the divergence
#pragma once

#include "elementary.h"

namespace sild {

/** A log-variance within its limits. NaN stays NaN. */
SILD_FN float limited(float l) {
  l = l < -30.0f ? -30.0f : l;
  return l > 20.0f ? 20.0f : l;
}

SILD_FN float deviation(float l) { return exponential(0.5f * limited(l)); }

/** Twice a coordinate's share of the divergence. */
SILD_FN float divergence(float mean, float l, float deviation) {
  return fma(mean, mean, fma(deviation, deviation, -1.0f) - limited(l));
}

/** ∂/∂l. NaN stays NaN. */
SILD_FN float log_variance_gradient(float dz, float l, float deviation, float noise, float weight) {
  float gradient = 0.5f * fma(dz * deviation, noise, weight * fma(deviation, deviation, -1.0f));
  return l < -30.0f || l > 20.0f ? 0.0f : gradient;
}

}  // namespace sild
