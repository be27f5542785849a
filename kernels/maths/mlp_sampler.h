// kernels/maths/mlp_sampler.h — the latent network and the whole reverse trajectory.                  x, y, D, F: (B, Z)  h: (B, W)
//
//   F(y; e):   h = W_in (c_in y) + b_in
//              h ← h + W_2 SiLU( W_1 norm(h) + b_1 + modulation[e] ) + b_2            for each block
//              F = W_out norm(h) + b_out
//
//   evaluation e of the plan:   D = c_skip y + c_out F(y; e)                          Karras et al. 2022, equation 7
//                               x' = a x + b D + c D_prev + s z                       sampler_step.h
//                               keep ? y ← x' : x, y ← x';      D_prev ← D
//
// keep stands for the first stage of a two-stage step: the state stays where it is, and the network looks at the prediction. What
// σ does to the network is in modulation[e], which does not depend on x: it is computed beforehand, once an evaluation.
//
//   Euler–Maruyama  σ → σ':   a = q, b = 1 − q, s = σ √(1 − q), q = σ'²/σ²
//   Heun  σ → σ', r = σ'/σ, h = (σ' − σ)/2:   a = r, b = 1 − r, keep;
//                         then at σ'   a = 1 + h/σ + hr/σ',  b = −h/σ',  c = −h/σ + h(1 − r)/σ'
//   the last D(x; σ_min):   b = 1
//
// Layers, as pack_mlp numbers them: 0 is W_in, 1 + 2l and 2 + 2l are W_1 and W_2 of block l, 1 + 2L is W_out.
#pragma once

#include "linear.h"
#include "norm.h"
#include "normal.h"
#include "sampler_step.h"

namespace sild {

/** One row of the plan, (evaluations, 9) f32. */
struct Evaluation {
  float in, skip, out;    // c_in, c_skip, c_out
  float a, b, c, s;       // the update
  float keep;             // not 0: x stays
  float step;             // which step of the trajectory draws z
};

constexpr int64_t MLP_LATENT = 64, MLP_WIDTH = 512;  // the largest Z and W: the state of a row must stay on the chip
constexpr uint32_t START_STEP = 0xFFFFFFFFu;  // x = start · z at step −1

/** Inputs and outputs of a layer. */
struct MlpLayer {
  int64_t inputs, outputs;
};

SILD_FN MlpLayer mlp_layer(int64_t layer, int64_t latent, int64_t width, int64_t blocks) {
  return {layer == 0 ? latent : width, layer == 1 + 2 * blocks ? latent : width};
}

}  // namespace sild
