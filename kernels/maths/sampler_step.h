// kernels/maths/sampler_step.h — every sampler is one update: x' = a x + b D + c D_prev + s z.
//
//   ancestral, σ → σ' with q = σ'²/σ²:  a = q, b = 1 − q, s = σ' √(1 − q);   Euler–Maruyama (VE): s = σ √(1 − q)
//   Euler on the probability-flow ODE:  a = σ'/σ, b = 1 − σ'/σ, s = 0
#pragma once

#include "elementary.h"

namespace sild {

SILD_FN float sampler_step(float x, float denoised, float a, float b) { return fma(a, x, b * denoised); }

}  // namespace sild
