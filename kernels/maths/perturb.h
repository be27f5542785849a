// kernels/maths/perturb.h — the forward process, x_σ = x + σ n, and the law of σ.
//
//   x_j = raw_j · scale_j + shift_j                       raw: uint8 or f32, gathered by index
//   ln σ uniform on [ln a, ln b]     (collapse: Karras et al. call it log-uniform)
//   ln σ ~ N(a, b²)                  (refine: Karras et al. 2022, table 1, P_mean and P_std)
//   σ = a                            (encoding at a = 0, and error curves)
#pragma once

#include "normal.h"

namespace sild {

enum SigmaLaw { SIGMA_FIXED = 0, SIGMA_LOG_UNIFORM = 1, SIGMA_LOG_NORMAL = 2 };

/** σ of one sample. Its address is an element block that no coordinate uses. */
SILD_FN float draw_sigma(int law, float a, float b, Key key, uint64_t sample) {
  if (law == SIGMA_FIXED) return a;
  Words words = draw(key, 0xFFFFFFFFu, sample, 0);
  if (law == SIGMA_LOG_UNIFORM) {
    float low = logarithm(a), high = logarithm(b);
    return exponential(fma(uniform(words.x), high - low, low));
  }
  return exponential(fma(normals(words).x, b, a));
}

/** A row of the data bank, uniform on 0 … rows − 1, for part c of one sample. */
SILD_FN int32_t draw_index(Key key, uint64_t sample, uint32_t part, uint32_t rows) {
  return int32_t(high_product(draw(key, part, sample, 0).x, rows));
}

}  // namespace sild
