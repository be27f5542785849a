// kernels/maths/group_norm.h — group norm (Wu, He 2018), a modulation of its channels (Perez et al. 2018), and an activation.
//
//   x̂ = (x − μ) r,  r = 1/√(var + 10⁻⁵),  mean and variance of the n = (C/G) P numbers of a group          x, y: (B, C, P)
//   u = (x̂ gain + shift)(1 + a) + m,  y = φ(u)              gain, shift: (C)  modulation: (B, 2C), a row's a before its m
//
// All gradients follow from two sums for each sample and channel, with du = dy φ'(u) and w = gain (1 + a):
//
//   S = Σ_p du,  T = Σ_p du x̂                        dm = S,  da = gain T + shift S
//   dshift = Σ_b (1 + a) S,  dgain = Σ_b (1 + a) T    dx = r (w du − Σ w S / n − x̂ Σ w T / n), sums over the group's channels
#pragma once

#include "linear.h"
#include "norm.h"

namespace sild {

/** What a channel of one sample makes of x̂: u = x̂ weight + offset. */
struct Affine {
  float weight, offset;
};

/** The channels' parameters, as one sample sees them. */
struct Channels {
  const float *gain, *shift;  // (C)
  const float* modulation;    // (2C) or null
  int64_t C;

  SILD_FN float scale(int64_t c) const { return modulation ? 1.0f + modulation[c] : 1.0f; }
  SILD_FN float weight(int64_t c) const { return gain[c] * scale(c); }
  SILD_FN Affine affine(int64_t c) const {
    return {weight(c), modulation ? fma(shift[c], scale(c), modulation[C + c]) : shift[c]};
  }
};

}  // namespace sild
