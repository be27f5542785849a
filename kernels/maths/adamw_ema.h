// kernels/maths/adamw_ema.h — one step of AdamW (Loshchilov & Hutter 2019, algorithm 2) and of the moving average.
//
//   m ← β₁ m + (1 − β₁) g        v ← β₂ v + (1 − β₂) g²
//   p ← p − η ( m̂/(√v̂ + ε) + w p ),   m̂ = m/(1 − β₁ᵗ),  v̂ = v/(1 − β₂ᵗ)
//   e ← e + (1 − h)(p − e),   h the decay of this step; a second average with a decay of its own where one is kept: two
//                             profiles of a power function give any other afterwards (Karras et al. 2024, section 3)
#pragma once

#include "elementary.h"
#include "step.h"

namespace sild {

struct AdamW {
  float beta1, beta2, epsilon, weight_decay;
};

SILD_FN void moving_average(float* e, float p, float decay) { *e = fma(1.0f - decay, p - *e, *e); }

SILD_FN void adamw_ema(float* p, float* m, float* v, float* e, float g, const Step& step, const AdamW& rule) {
  *m = fma(rule.beta1, *m, (1.0f - rule.beta1) * g);
  *v = fma(rule.beta2, *v, (1.0f - rule.beta2) * g * g);
  float root = square_root(*v * step.second_correction) + rule.epsilon;
  float update = fma(rule.weight_decay, *p, *m * step.first_correction / root);
  *p = fma(-step.learning_rate, update, *p);
  moving_average(e, *p, step.ema_decay);
}

}  // namespace sild
