// Rounding: the host's directed modes for f32 and f64, and our own encoding of the short formats.
#pragma once

#include <bit>
#include <cfenv>
#include <cfloat>
#include <cmath>
#include <cstdint>

namespace vgpu {

enum class Rounding : uint8_t { NEAREST, ZERO, DOWN, UP, AWAY };  // AWAY: to nearest, ties away from zero

// Sets the host's rounding while it lives. Between construction and destruction values must pass through memory.
class RoundingScope {
 public:
  explicit RoundingScope(Rounding mode) {
    static const int modes[] = {FE_TONEAREST, FE_TOWARDZERO, FE_DOWNWARD, FE_UPWARD, FE_TONEAREST};
    std::fesetround(modes[int(mode)]);
  }
  ~RoundingScope() { std::fesetround(FE_TONEAREST); }
};

inline float flush(float x) { return std::fabs(x) < FLT_MIN ? std::copysign(0.0f, x) : x; }

// NaN → 0, as .sat says.
inline float saturate(float x) { return x > 0.0f ? (x < 1.0f ? x : 1.0f) : 0.0f; }

struct Format {
  int exponent_bits, mantissa_bits;
};
constexpr Format HALF{5, 10}, BRAIN{8, 7}, TENSOR_FLOAT{8, 10};

// The bits of x in a short format, rounded once; overflow becomes infinity or the greatest finite number as the mode says.
uint32_t encode(double x, Format format, Rounding mode);
float decode(uint32_t bits, Format format);

inline float half_value(uint16_t bits) { return decode(bits, HALF); }
inline float brain_value(uint16_t bits) { return std::bit_cast<float>(uint32_t(bits) << 16); }
inline uint16_t to_half(double x, Rounding mode = Rounding::NEAREST) { return uint16_t(encode(x, HALF, mode)); }
inline uint16_t to_brain(double x, Rounding mode = Rounding::NEAREST) { return uint16_t(encode(x, BRAIN, mode)); }

}  // namespace vgpu
