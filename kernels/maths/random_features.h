// kernels/maths/random_features.h — features whose weights are never stored.
//
//   f_p(x) = φ( a ⟨w_p, x⟩ ),   w_pj ~ N(0, 1) drawn from its address                              x: (B, D)  f: (B, P)
//
//   cosine   f_p = √2 cos( a ⟨w_p, x⟩ + 2π u_p ), u_p uniform.   E f_p(x) f_p(y) = exp(−a² ‖x − y‖²/2)
//            Rahimi & Recht 2007: the Gaussian kernel of width 1/a. Their 1/√P is the caller's: it knows how many features there are
//            in all, of which a call makes a few.
//   relu     f_p = max(0, a ⟨w_p, x⟩).   E f_p(x) f_p(y) = (a²/2π) ‖x‖ ‖y‖ (sin θ + (π − θ) cos θ)
//            Cho & Saul 2009: the arc-cosine kernel of order 1.
//   silu, tanh   smooth φ. tanh is odd, as the score of a symmetric law is. For data of unit variance a = 1/√D keeps the
//            argument of order 1: the scaling of random-feature ridge regression of the score.
//
// Feature p is "sample" p of a drawing, its coordinate j element j at step 0: the same numbers on every device, and the same whether
// features are made all at once or a few at a time. The phase stands at an element block that no coordinate uses.
#pragma once

#include "linear.h"
#include "normal.h"

namespace sild {

enum RandomFeature { FEATURE_COSINE = 0, FEATURE_RELU = 1, FEATURE_SILU = 2, FEATURE_TANH = 3 };

/** u_p as a word: 2^32 is a turn. */
SILD_FN uint32_t feature_phase(Key key, uint64_t feature) { return draw(key, 0xFFFFFFFFu, feature, 0).x; }

/** φ(u), u = a ⟨w, x⟩. Adding the phase as a word is exact, and so is taking away whole turns. */
SILD_FN float random_feature(int kind, float u, uint32_t phase) {
  if (kind == FEATURE_RELU) return u < 0.0f ? 0.0f : u;
  if (kind == FEATURE_SILU) return silu(u);
  if (kind == FEATURE_TANH) return 1.0f - 2.0f * sigmoid(-2.0f * u);
  float turns = u * 0.159154943091895336f;
  float whole = (turns + 12582912.0f) - 12582912.0f;  // the nearest integer, for |turns| < 2^22
  float sine, cosine;
  sincos_turn((uint32_t(int32_t((turns - whole) * 0x1p31f)) << 1) + phase, &sine, &cosine);
  return 1.41421356237309505f * cosine + (u - u);  // an integer cannot be NaN: u − u is 0, or NaN
}

}  // namespace sild
