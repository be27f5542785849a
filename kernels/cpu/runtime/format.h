// kernels/cpu/runtime/format.h — what an operand of a product is turned into before it is multiplied.
//
//   A unit is 32 bits: one f32, or two bf16 that are neighbours in k.
//
//   format     units                                  where                  products of a pair of units
//   F32        x                                      everywhere             fma
//   Rounded    bf16(x) as f32                         no bf16 instruction    fma: the product of two bf16 is exact
//   Pairs      bf16(x_k) | bf16(x_{k+1})              AVX-512 BF16           vdpbf16ps
//   Tiles      the same, k a multiple of 32           AMX                    tdpbf16ps
//   Split      high and low part of x, as Tiles       AMX, f32 as bf16x3     three times tdpbf16ps
#pragma once

#include "../../maths/bf16.h"
#include "sild_cpu.h"
#include "vector.h"

namespace sild {
namespace {

/** 32 bits of an operand, whatever they mean. */
typedef uint32_t __attribute__((may_alias)) Unit;

constexpr int SIDE = 16;  // packing turns blocks of SIDE × SIDE units; a panel has a multiple of SIDE columns
static_assert(NV * LANES % SIDE == 0, "");

/** SIDE of them: one register, or as many as it takes. */
typedef uint32_t Units __attribute__((vector_size(64)));

inline void store(Unit* to, Units units) { __builtin_memcpy(to, &units, sizeof units); }
inline void store(float* to, Units units) { __builtin_memcpy(to, &units, sizeof units); }
inline Units load_units(const float* x) {
  Units units;
  __builtin_memcpy(&units, x, sizeof units);
  return units;
}

struct F32 {
  static constexpr int K = 1, PARTS = 1, GRAIN = 1;  // k a unit, parts of x, units that k is filled up to
  static constexpr int ROWS = MR, COLUMNS = NV * LANES;  // of a tile
  static constexpr bool DIRECT = true;  // a row-major operand is in this format as it lies in memory

  static Vector dot(Vector a, Vector b, Vector c) { return multiply_add(a, b, c); }
  /** SIDE units of a row: x[0 … SIDE·K). */
  static Units along(const float* x, int) { return load_units(x); }
  /** SIDE units of neighbouring columns of K rows. */
  static Units across(const float* x, const float*, int) { return load_units(x); }
};

struct Rounded : F32 {
  static constexpr bool DIRECT = false;

  static Units along(const float* x, int) {
    Units units;
    for (int i = 0; i < SIDE; i++) units[i] = bf16_bits(x[i]) << 16;
    return units;
  }
  static Units across(const float* x, const float*, int) { return along(x, 0); }
};

#if defined(__AVX512BF16__)
/** What is left of 16 floats once their bf16 is taken away. */
inline __m512 rest(__m512 x) {
  __m512i high = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(x));
  return _mm512_sub_ps(x, _mm512_castsi512_ps(_mm512_slli_epi32(high, 16)));
}

struct Pairs {
  static constexpr int K = 2, PARTS = 1, GRAIN = 1;
  static constexpr int ROWS = MR, COLUMNS = NV * LANES;
  static constexpr bool DIRECT = false;

  static Vector dot(Vector a, Vector b, Vector c) { return multiply_add_pairs(a, b, c); }
  static Units along(const float* x, int part) {
    __m512 first = _mm512_loadu_ps(x), second = _mm512_loadu_ps(x + SIDE);
    if (part) first = rest(first), second = rest(second);
    return (Units)_mm512_cvtne2ps_pbh(second, first);
  }
  static Units across(const float* even, const float* odd, int part) {
    __m512 first = _mm512_loadu_ps(even), second = _mm512_loadu_ps(odd);
    if (part) first = rest(first), second = rest(second);
    __m512i low = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(first));
    __m512i high = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(second));
    return (Units)_mm512_or_si512(low, _mm512_slli_epi32(high, 16));
  }
};
#endif

#if defined(__AMX_BF16__)
struct Tiles : Pairs {
  static constexpr int GRAIN = SIDE, ROWS = 2 * SIDE, COLUMNS = 2 * SIDE;
};

struct Split : Tiles {
  static constexpr int PARTS = 2;
};
#endif

/** work(format) with the format of products at a precision. */
template <class Work>
inline void in_format(int precision, const Work& work) {
#if defined(__AMX_BF16__)
  if (precision == SILD_F32_FAST) return work(Split{});
  if (precision == SILD_BF16) return work(Tiles{});
#elif defined(__AVX512BF16__)
  if (precision == SILD_BF16) return work(Pairs{});
#else
  if (precision == SILD_BF16) return work(Rounded{});
#endif
  work(F32{});
}

}  // namespace
}  // namespace sild
