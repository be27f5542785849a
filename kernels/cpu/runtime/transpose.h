// kernels/cpu/runtime/transpose.h — 16 × 16 units turned over.
#pragma once

#include "format.h"

namespace sild {
namespace {

/** block[t][s] and block[s][t] change places. */
inline void transpose(Units (&block)[SIDE]) {
#if defined(__AVX512F__)
  __m512i r[SIDE], s[SIDE];
  for (int i = 0; i < SIDE; i++) r[i] = (__m512i)block[i];
  for (int i = 0; i < SIDE; i += 2) {  // pairs of rows, then fours, then quarters of registers
    s[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]);
    s[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]);
  }
  for (int i = 0; i < SIDE; i += 4) {
    r[i] = _mm512_unpacklo_epi64(s[i], s[i + 2]);
    r[i + 1] = _mm512_unpackhi_epi64(s[i], s[i + 2]);
    r[i + 2] = _mm512_unpacklo_epi64(s[i + 1], s[i + 3]);
    r[i + 3] = _mm512_unpackhi_epi64(s[i + 1], s[i + 3]);
  }
  for (int i = 0; i < 4; i++) {
    s[i] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0x88);
    s[i + 4] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0xdd);
    s[i + 8] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0x88);
    s[i + 12] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0xdd);
  }
  for (int i = 0; i < 4; i++) {
    block[i] = (Units)_mm512_shuffle_i32x4(s[i], s[i + 8], 0x88);
    block[i + 4] = (Units)_mm512_shuffle_i32x4(s[i + 4], s[i + 12], 0x88);
    block[i + 8] = (Units)_mm512_shuffle_i32x4(s[i], s[i + 8], 0xdd);
    block[i + 12] = (Units)_mm512_shuffle_i32x4(s[i + 4], s[i + 12], 0xdd);
  }
#else
  for (int t = 0; t < SIDE; t++)
    for (int s = 0; s < t; s++) {
      uint32_t unit = block[t][s];
      block[t][s] = block[s][t];
      block[s][t] = unit;
    }
#endif
}

}  // namespace
}  // namespace sild
