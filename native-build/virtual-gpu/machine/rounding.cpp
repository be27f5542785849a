#include "rounding.h"

namespace vgpu {
namespace {

bool rounds_up(Rounding mode, bool negative, uint64_t rest, uint64_t half, bool odd) {
  switch (mode) {
    case Rounding::NEAREST: return rest > half || (rest == half && odd);
    case Rounding::AWAY: return rest >= half;
    case Rounding::ZERO: return false;
    case Rounding::DOWN: return negative && rest != 0;
    case Rounding::UP: return !negative && rest != 0;
  }
  return false;
}

}  // namespace

uint32_t encode(double x, Format format, Rounding mode) {
  int width = format.exponent_bits + format.mantissa_bits;
  uint32_t infinity = ((1u << format.exponent_bits) - 1) << format.mantissa_bits;
  if (std::isnan(x)) return (1u << width) - 1;  // the canonical NaN
  uint64_t bits = std::bit_cast<uint64_t>(x);
  bool negative = bits >> 63;
  uint32_t sign = uint32_t(negative) << width;
  if (std::isinf(x)) return sign | infinity;
  if (x == 0) return sign;
  int bias = (1 << (format.exponent_bits - 1)) - 1;
  int exponent = int(bits >> 52 & 0x7FF) - 1023;  // f64 subnormals round to zero or the least subnormal anyway
  uint64_t mantissa = (bits & ((uint64_t(1) << 52) - 1)) | uint64_t(1) << 52;
  int drop = 52 - format.mantissa_bits;
  if (exponent < 1 - bias) drop += 1 - bias - exponent;  // subnormal here
  if (drop > 60) {
    mantissa = 1;
    drop = 60;
  }
  uint64_t kept = mantissa >> drop, rest = mantissa & ((uint64_t(1) << drop) - 1), half = uint64_t(1) << (drop - 1);
  if (rounds_up(mode, negative, rest, half, kept & 1)) kept++;
  uint64_t result = kept;  // the hidden bit adds one to the exponent field, and a carry one more
  if (exponent >= 1 - bias) result += uint64_t(exponent + bias - 1) << format.mantissa_bits;
  if (result < infinity) return sign | uint32_t(result);
  bool to_infinity = mode == Rounding::NEAREST || mode == Rounding::AWAY || mode == (negative ? Rounding::DOWN : Rounding::UP);
  return sign | (to_infinity ? infinity : infinity - 1);
}

float decode(uint32_t bits, Format format) {
  int width = format.exponent_bits + format.mantissa_bits;
  float sign = bits >> width & 1 ? -1.0f : 1.0f;
  uint32_t exponent = bits >> format.mantissa_bits & ((1u << format.exponent_bits) - 1);
  uint32_t mantissa = bits & ((1u << format.mantissa_bits) - 1);
  int bias = (1 << (format.exponent_bits - 1)) - 1;
  if (exponent == (1u << format.exponent_bits) - 1) return mantissa ? std::nanf("") : sign * INFINITY;
  if (exponent == 0) return sign * std::ldexp(float(mantissa), 1 - bias - format.mantissa_bits);
  return sign * std::ldexp(float(mantissa | 1u << format.mantissa_bits), int(exponent) - bias - format.mantissa_bits);
}

}  // namespace vgpu
