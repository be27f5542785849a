// kernels/cpu/runtime/noise.h — a run of normals, as vectors.
#pragma once

#include "../../maths/normal.h"
#include "vector.h"

namespace sild {
namespace {

constexpr int NOISE_CHUNK = 256;  // elements; small enough for the stack and the first cache
constexpr int BLOCKS = 16;        // Philox blocks at a time, a lane each

/** The words of blocks block … block + 15, lane by lane. */
struct BlockWords {
  alignas(64) uint32_t x[BLOCKS], y[BLOCKS], z[BLOCKS], w[BLOCKS];
};

#if defined(__AVX512F__)
/** Eight blocks in the low halves of 64-bit lanes: a product is one instruction there, and what stands above does not matter. */
struct HalfBlocks {
  __m512i x, y, z, w;

  void round(__m512i k0, __m512i k1) {
    __m512i p = _mm512_mul_epu32(x, _mm512_set1_epi64(0xD2511F53)), q = _mm512_mul_epu32(z, _mm512_set1_epi64(0xCD9E8D57));
    constexpr int XOR = 0x96;
    x = _mm512_ternarylogic_epi64(_mm512_srli_epi64(q, 32), y, k0, XOR);
    z = _mm512_ternarylogic_epi64(_mm512_srli_epi64(p, 32), w, k1, XOR);
    y = q;
    w = p;
  }
};

inline void store_low_halves(uint32_t* to, __m512i a, __m512i b) {
  _mm256_store_si256((__m256i*)to, _mm512_cvtepi64_epi32(a));
  _mm256_store_si256((__m256i*)(to + 8), _mm512_cvtepi64_epi32(b));
}

inline void draw_blocks(BlockWords& words, Key key, uint32_t block, uint64_t sample, uint32_t step) {
  __m512i lanes = _mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0), first = _mm512_add_epi64(lanes, _mm512_set1_epi64(block));
  __m512i low = _mm512_set1_epi64(int64_t(sample)), high = _mm512_set1_epi64(int64_t(sample >> 32));
  __m512i s = _mm512_set1_epi64(step), k0 = _mm512_set1_epi64(key.seed), k1 = _mm512_set1_epi64(key.purpose);
  HalfBlocks a{first, low, s, high}, b{_mm512_add_epi64(first, _mm512_set1_epi64(8)), low, s, high};
  for (int i = 0; i < 10; i++) {
    a.round(k0, k1);
    b.round(k0, k1);
    k0 = _mm512_add_epi32(k0, _mm512_set1_epi64(0x9E3779B9));
    k1 = _mm512_add_epi32(k1, _mm512_set1_epi64(0xBB67AE85));
  }
  store_low_halves(words.x, a.x, b.x);
  store_low_halves(words.y, a.y, b.y);
  store_low_halves(words.z, a.z, b.z);
  store_low_halves(words.w, a.w, b.w);
}
#else
inline void draw_blocks(BlockWords& words, Key key, uint32_t block, uint64_t sample, uint32_t step) {
  for (uint32_t i = 0; i < BLOCKS; i++) {
    Words w = draw(key, block + i, sample, step);
    words.x[i] = w.x;
    words.y[i] = w.y;
    words.z[i] = w.z;
    words.w[i] = w.w;
  }
}
#endif

/** normals[e] = the normal of element first + e, e < n; first a multiple of 4, room for n filled up to a multiple of 64. */
inline void fill_normals(float* __restrict__ out, Key key, int64_t first, int64_t n, uint64_t sample, uint32_t step) {
  for (int64_t e = 0; e < n; e += 4 * BLOCKS) {
    BlockWords words;
    draw_blocks(words, key, uint32_t((first + e) / 4), sample, step);
    for (int i = 0; i < BLOCKS; i++) {
      Normals four = normals({words.x[i], words.y[i], words.z[i], words.w[i]});
      out[e + 4 * i] = four.x;
      out[e + 4 * i + 1] = four.y;
      out[e + 4 * i + 2] = four.z;
      out[e + 4 * i + 3] = four.w;
    }
  }
}

}  // namespace
}  // namespace sild
