// kernels/maths/mixture_denoiser.h — the exact denoiser of a Gaussian mixture, and with zero variances of a data set.
//
//   p = Σ_i w_i N(μ_i, v_i I)   ⇒   p_σ = Σ_i w_i N(μ_i, t_i I),  t_i = v_i + σ²                        x, D: (B, D)  μ: (M, D)
//
//   r_i ∝ w_i t_i^{−d/2} exp(−‖x − μ_i‖²/(2 t_i))                     posterior of component i
//   D(x; σ) = Σ_i r_i [ (1 − s_i) μ_i + s_i x ],  s_i = v_i/t_i       the posterior mean under each, averaged
//   ln p_σ(x) = ln Σ_i w_i (2π t_i)^{−d/2} exp(−‖x − μ_i‖²/(2 t_i))
//
// A streaming softmax (Milakov & Gimelshein 2018): of the components seen so far it keeps the largest logit, Σ e^{logit − largest},
// Σ s e^{…} and Σ (1 − s) μ e^{…}; a new largest logit scales the three sums down. So x may lie so far away that every weight
// underflows: the largest of them is 1 all the same.
//
// What a logit may lose. An absolute error of ε there is a relative error of ε in a posterior.
//   · ‖x − μ‖² is summed from differences. ‖x‖² − 2⟨x, μ⟩ + ‖μ‖² in f32 errs by 10⁻⁷ (‖x‖² + ‖μ‖²): at σ = 0.01 that is 5·10⁻⁴ ‖x‖².
//     So such a product may tell which components have no weight (mixture_screen.h), never what a weight is.
//   · ln t_i enters as ln(t_i/t_0), which is 0, or the same last bit for all, if the variances are alike: (d/2) ln t_0 may be
//     thousands.
#pragma once

#include "elementary.h"

namespace sild {

constexpr float NO_LOGIT = -3e38f;  // finite: a difference of two of them is 0, never NaN
constexpr float LN_TWO_PI = 1.83787706640934548f;

/** One component at one noise level. */
struct Component {
  float inverse;  // 1/t
  float share;    // s
  float prior;    // ln w − (d/2) ln(t/t_0)
};

SILD_FN Component component(float log_weight, float variance, float square_sigma, float first_inverse, float dimension) {
  float total = variance + square_sigma, inverse = 1.0f / total;
  return {inverse, variance * inverse, fma(-0.5f * dimension, logarithm(total * first_inverse), log_weight)};
}

SILD_FN float logit(const Component& c, float squared_distance) { return fma(-0.5f * squared_distance, c.inverse, c.prior); }

/**
 * So far below the largest logit a component may be left out. Σ e^{logit − largest} is 1 at least, and all M of them together are
 * below e^{−17} < 2⁻²⁴ of it, half a unit in its last place: no more than rounding.
 */
SILD_FN float reach(float components) { return 17.0f + logarithm(components); }

/** ln p_σ from the largest logit and Σ e^{logit − largest}; equal weights were taken as w = 1. A NaN is a number to logarithm(). */
SILD_FN float log_density(float largest, float sum, float first_variance, float sigma, float dimension, float equal_weights) {
  float log_t = logarithm(fma(sigma, sigma, first_variance));
  return largest + logarithm(sum) + (sum - sum) - 0.5f * dimension * (log_t + LN_TWO_PI) - logarithm(equal_weights);
}

}  // namespace sild
