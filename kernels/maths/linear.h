// kernels/maths/linear.h — y = residual + gain ∘ φ(u), u = x wᵀ + bias + modulation: what follows the product.
//
//   du = dy ∘ gain ∘ φ'(u),  dbias = Σ_rows du,  dw = duᵀ x,  dx = du w            x: (B, K)  w: (N, K)  y, u: (B, N)
//   SiLU:  φ(u) = u s(u),  s(u) = 1/(1 + e^{−u});   φ'(u) = s(u) (1 + u (1 − s(u)))
#pragma once

#include "elementary.h"

namespace sild {

enum Activation { IDENTITY = 0, SILU = 1 };

SILD_FN float sigmoid(float u) { return 1.0f / (1.0f + exponential(-u)); }
SILD_FN float silu(float u) { return u * sigmoid(u); }
SILD_FN float silu_slope(float u) {
  float s = sigmoid(u);
  return s * fma(u, 1.0f - s, 1.0f);
}

}  // namespace sild
