// kernels/maths/dsm_loss.h — denoising score matching, and its gradient with respect to the network's output.
//
//   D = c_skip x_σ + c_out F       L = (1/B) Σ_b λ(σ_b) ‖D_b − x_b‖² / d       ∂L/∂F = (2/(B d)) λ c_out (D − x)
//
// x_σ = noisy / c_in, because perturb wrote the network's input c_in x_σ.
#pragma once

#include "precondition.h"

namespace sild {

struct Denoising {
  float noisy, out, gradient;  // D − x = noisy · (what perturb wrote) + out · F − x
};

SILD_FN Denoising denoising(const Precondition& p, float rows_times_dimension) {
  return {p.skip / p.in, p.out, 2.0f * p.weight * p.out / rows_times_dimension};
}

}  // namespace sild
