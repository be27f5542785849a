// kernels/maths/elementary.h — log, exp, sin and cos that round the same on every device.
//
// Polynomials of the Cephes library (Moshier), evaluated with explicit fma: no libm, no fast-math, no contraction. A branch
// would keep the loops around them from becoming vectors, so there is none. Errors: below 2 units in the last place.
#pragma once

#include "function.h"

namespace sild {

SILD_FN uint32_t bits_of(float x) {
  uint32_t bits;
  __builtin_memcpy(&bits, &x, sizeof bits);
  return bits;
}

SILD_FN float float_of(uint32_t bits) {
  float x;
  __builtin_memcpy(&x, &bits, sizeof x);
  return x;
}

/** ln x for normal x > 0: x = 2^e (1 + f), √½ ≤ 1 + f < √2. */
SILD_FN float logarithm(float x) {
  uint32_t bits = bits_of(x);
  int32_t e = int32_t(bits - 0x3f3504f3u) >> 23;
  float f = float_of(bits - (uint32_t(e) << 23)) - 1.0f;
  float f2 = f * f;
  float p = fma(7.0376836292e-2f, f, -1.1514610310e-1f);
  p = fma(p, f, 1.1676998740e-1f);
  p = fma(p, f, -1.2420140846e-1f);
  p = fma(p, f, 1.4249322787e-1f);
  p = fma(p, f, -1.6668057665e-1f);
  p = fma(p, f, 2.0000714765e-1f);
  p = fma(p, f, -2.4999993993e-1f);
  p = fma(p, f, 3.3333331174e-1f);
  float y = fma(p * f, f2, float(e) * -2.12194440e-4f);
  y = fma(f2, -0.5f, y);
  return fma(float(e), 0.693359375f, f + y);
}

/** e^x, flushed to the range of normal floats: x = n ln 2 + r, |r| ≤ ½ ln 2. NaN stays NaN. */
SILD_FN float exponential(float x) {
  x = x < -87.0f ? -87.0f : x;
  x = x > 88.0f ? 88.0f : x;
  float shifted = fma(x, 1.44269504088896341f, 12582912.0f);  // 1.5·2^23: the integer n stands in the low mantissa bits
  float n = shifted - 12582912.0f;
  float r = fma(n, -0.693359375f, x);
  r = fma(n, 2.12194440e-4f, r);
  float p = fma(1.9875691500e-4f, r, 1.3981999507e-3f);
  p = fma(p, r, 8.3334519073e-3f);
  p = fma(p, r, 4.1665795894e-2f);
  p = fma(p, r, 1.6666665459e-1f);
  p = fma(p, r, 5.0000001201e-1f);
  float y = fma(p, r * r, r) + 1.0f;
  return y * float_of((bits_of(shifted) << 23) + 0x3f800000u);
}

/** sin and cos of 2π · word / 2^32. The reduction to |angle| ≤ π/4 is exact: it happens in integers. */
SILD_FN void sincos_turn(uint32_t word, float* sine, float* cosine) {
  uint32_t quadrant = (word + 0x20000000u) >> 30;
  float angle = float(int32_t(word - (quadrant << 30))) * (0x1p-30f * 1.57079632679489662f);
  float z = angle * angle;
  float s = fma(-1.9515295891e-4f, z, 8.3321608736e-3f);
  s = fma(s, z, -1.6666654611e-1f);
  s = fma(s * z, angle, angle);
  float c = fma(2.443315711809948e-5f, z, -1.388731625493765e-3f);
  c = fma(c, z, 4.166664568298827e-2f);
  c = fma(c, z * z, fma(z, -0.5f, 1.0f));
  uint32_t swap = quadrant & 1, sine_sign = (quadrant & 2) << 30, cosine_sign = ((quadrant + 1) & 2) << 30;
  *sine = float_of(bits_of(swap ? c : s) ^ sine_sign);
  *cosine = float_of(bits_of(swap ? s : c) ^ cosine_sign);
}

}  // namespace sild
