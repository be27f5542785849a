// kernels/maths/bf16.h — bf16: the upper half of an f32, 8 bits of exponent and 7 after the point.
//
//   x = high + low + r,  high = bf16(x), low = bf16(x − high):  |r| ≤ 2⁻¹⁶ |x|, so three products
//   high high + high low + low high err by about 4·10⁻⁶ relative to Σ |a b|.
#pragma once

#include "elementary.h"

namespace sild {

/** The nearest bf16, of two the even one, in the low half of a word. NaN stays NaN. */
SILD_FN uint32_t bf16_bits(float x) {
  uint32_t bits = bits_of(x);
  uint32_t nearest = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
  return x == x ? nearest : (bits >> 16) | 0x40u;
}

/** The nearest bf16 as an f32. */
SILD_FN float bf16_round(float x) { return float_of(bf16_bits(x) << 16); }

}  // namespace sild
