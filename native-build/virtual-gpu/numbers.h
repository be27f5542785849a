// The number formats that the library stand-ins read and write. Everything is computed in double and rounded once, to nearest even.
#pragma once

#include <library_types.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace numbers {

// A double rounded to `bits` explicit bits of significand, with subnormals below 2^lowest.
inline double rounded(double x, int bits, int lowest) {
  if (!std::isfinite(x) || x == 0) return x;
  if (std::fabs(x) < std::ldexp(1.0, lowest)) return std::ldexp(std::nearbyint(std::ldexp(x, bits - lowest)), lowest - bits);
  uint64_t u = std::bit_cast<uint64_t>(x);
  int drop = 52 - bits;
  u += ((u >> drop) & 1) + (uint64_t(1) << (drop - 1)) - 1;
  return std::bit_cast<double>(u >> drop << drop);
}

inline double to_bf16(double x) { return rounded(x, 7, -126); }
inline double to_tf32(double x) { return rounded(x, 10, -126); }

inline uint16_t bf16_bits(double x) {
  if (std::isnan(x)) return 0x7fff;
  return static_cast<uint16_t>(std::bit_cast<uint32_t>(static_cast<float>(to_bf16(x))) >> 16);
}

inline double from_bf16(uint16_t bits) { return std::bit_cast<float>(uint32_t(bits) << 16); }

inline uint16_t f16_bits(double x) {
  if (std::isnan(x)) return 0x7fff;
  uint16_t sign = std::signbit(x) ? 0x8000 : 0;
  double y = std::fabs(rounded(x, 10, -14));
  if (y > 65504) return sign | 0x7c00;
  if (y < std::ldexp(1.0, -14)) return sign | static_cast<uint16_t>(std::ldexp(y, 24));
  uint64_t u = std::bit_cast<uint64_t>(y);
  return sign | static_cast<uint16_t>((u >> 42) - ((1023 - 15) << 10));
}

inline double from_f16(uint16_t bits) {
  int exponent = bits >> 10 & 31, fraction = bits & 1023;
  double y = exponent == 0    ? std::ldexp(fraction, -24)
             : exponent == 31 ? (fraction == 0 ? INFINITY : NAN)
                              : std::ldexp(1024 + fraction, exponent - 25);
  return bits & 0x8000 ? -y : y;
}

// 0 for a format that is not read here.
inline size_t bytes_of(cudaDataType type) { return type == CUDA_R_32F ? 4 : type == CUDA_R_16BF || type == CUDA_R_16F ? 2 : 0; }

inline double load(cudaDataType type, uint64_t address, int64_t i) {
  if (type == CUDA_R_32F) return reinterpret_cast<const float*>(address)[i];
  uint16_t bits = reinterpret_cast<const uint16_t*>(address)[i];
  return type == CUDA_R_16BF ? from_bf16(bits) : from_f16(bits);
}

inline void store(cudaDataType type, uint64_t address, int64_t i, double x) {
  if (type == CUDA_R_32F) reinterpret_cast<float*>(address)[i] = static_cast<float>(x);
  else reinterpret_cast<uint16_t*>(address)[i] = type == CUDA_R_16BF ? bf16_bits(x) : f16_bits(x);
}

}  // namespace numbers
