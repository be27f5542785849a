// kernels/maths/precondition.h — D(x; σ) = c_skip x + c_out F(c_in x; c_noise).
//
//   Karras, Aittala, Aila, Laine 2022, table 1:
//     c_skip = σ_d²/(σ² + σ_d²)   c_out = σ σ_d/√(σ² + σ_d²)   c_in = 1/√(σ² + σ_d²)   c_noise = ¼ ln σ   λ = 1/c_out²
//   σ_d = 0 stands for the collapse stage: D = F (no skip: D must go through the bottleneck), λ = 1/σ².
#pragma once

#include "elementary.h"

namespace sild {

struct Precondition {
  float skip, out, in, weight;
};

SILD_FN Precondition precondition(float sigma, float sigma_data) {
  if (sigma_data == 0.0f) return {0.0f, 1.0f, 1.0f, 1.0f / (sigma * sigma)};
  float total = fma(sigma, sigma, sigma_data * sigma_data), root = square_root(total);
  float out = sigma * sigma_data / root;
  return {sigma_data * sigma_data / total, out, 1.0f / root, 1.0f / (out * out)};
}

}  // namespace sild
