// kernels/cpu/runtime/noise.h — a run of normals, as vectors.
#pragma once

#include "../../maths/normal.h"
#include "vector.h"

namespace sild {
namespace {

constexpr int NOISE_CHUNK = 256;  // elements; small enough for the stack and the first cache
/** The words of neighbouring Philox blocks, a lane each. */
template <int blocks>
struct BlockWords {
  alignas(64) uint32_t x[blocks], y[blocks], z[blocks], w[blocks];
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

inline void store_low_half(uint32_t* to, __m512i a) { _mm256_store_si256((__m256i*)to, _mm512_cvtepi64_epi32(a)); }

template <int blocks>
inline void draw_blocks(BlockWords<blocks>& words, Key key, uint32_t block, uint64_t sample, uint32_t step) {
  constexpr int HALVES = blocks < 32 ? blocks / 8 : 4;  // they do not wait for each other
  __m512i low = _mm512_set1_epi64(int64_t(sample)), high = _mm512_set1_epi64(int64_t(sample >> 32)), s = _mm512_set1_epi64(step);
  for (int b = 0; b < blocks; b += 8 * HALVES) {
    __m512i first = _mm512_add_epi64(_mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0), _mm512_set1_epi64(block + uint32_t(b)));
    __m512i k0 = _mm512_set1_epi64(key.seed), k1 = _mm512_set1_epi64(key.purpose);
    HalfBlocks half[HALVES];
    for (int h = 0; h < HALVES; h++) half[h] = {_mm512_add_epi64(first, _mm512_set1_epi64(8 * h)), low, s, high};
    for (int i = 0; i < 10; i++) {
      for (int h = 0; h < HALVES; h++) half[h].round(k0, k1);
      k0 = _mm512_add_epi32(k0, _mm512_set1_epi64(0x9E3779B9));
      k1 = _mm512_add_epi32(k1, _mm512_set1_epi64(0xBB67AE85));
    }
    for (int h = 0; h < HALVES; h++) {
      store_low_half(words.x + b + 8 * h, half[h].x);
      store_low_half(words.y + b + 8 * h, half[h].y);
      store_low_half(words.z + b + 8 * h, half[h].z);
      store_low_half(words.w + b + 8 * h, half[h].w);
    }
  }
}
#else
template <int blocks>
inline void draw_blocks(BlockWords<blocks>& words, Key key, uint32_t block, uint64_t sample, uint32_t step) {
  for (uint32_t i = 0; i < blocks; i++) {
    Words w = draw(key, block + i, sample, step);
    words.x[i] = w.x;
    words.y[i] = w.y;
    words.z[i] = w.z;
    words.w[i] = w.w;
  }
}
#endif

template <int blocks>
inline void block_normals(float* __restrict__ out, Key key, int64_t first, uint64_t sample, uint32_t step) {
  BlockWords<blocks> words;
  draw_blocks(words, key, uint32_t(first / 4), sample, step);
  for (int i = 0; i < blocks; i++) {
    Normals four = normals({words.x[i], words.y[i], words.z[i], words.w[i]});
    out[4 * i] = four.x;
    out[4 * i + 1] = four.y;
    out[4 * i + 2] = four.z;
    out[4 * i + 3] = four.w;
  }
}

/** normals[e] = the normal of element first + e, e < n; first a multiple of 4, room for n filled up to a multiple of 64. */
inline void fill_normals(float* __restrict__ out, Key key, int64_t first, int64_t n, uint64_t sample, uint32_t step) {
  int64_t e = 0;
  for (; n - e > 192; e += 256) block_normals<64>(out + e, key, first + e, sample, step);
  for (; n - e > 64; e += 128) block_normals<32>(out + e, key, first + e, sample, step);
  if (e < n) block_normals<16>(out + e, key, first + e, sample, step);
}

}  // namespace
}  // namespace sild
