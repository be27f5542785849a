// kernels/maths/philox.h — counter-based random numbers.
//
//   Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
//   counter = (element block, sample index low, step, sample index high)      key = (seed, purpose)
//
// A number is a pure function of its address, so sample i is the same in any batch, on any device, after any resume.
#pragma once

#include "function.h"

namespace sild {

struct Words {
  uint32_t x, y, z, w;
};

/** Who draws: two drawings with different purposes never share a number. */
struct Key {
  uint32_t seed, purpose;
};

SILD_FN uint32_t high_product(uint32_t a, uint32_t b) { return uint32_t((uint64_t(a) * b) >> 32); }

struct Product {
  uint32_t high, low;
};

/** Both halves of a product: a GPU has one instruction for them, a processor's vectors have one for each. */
SILD_FN Product product(uint32_t a, uint32_t b) {
#ifdef __CUDA_ARCH__
  uint64_t both = uint64_t(a) * b;
  return {uint32_t(both >> 32), uint32_t(both)};
#else
  return {high_product(a, b), a * b};
#endif
}

SILD_FN Words philox(Words c, Key key) {
  uint32_t k0 = key.seed, k1 = key.purpose;
  for (int round = 0; round < 10; round++) {
    Product p = product(0xD2511F53u, c.x), q = product(0xCD9E8D57u, c.z);
    c = {q.high ^ c.y ^ k0, q.low, p.high ^ c.w ^ k1, p.low};
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return c;
}

/** Four words for elements 4·block … 4·block + 3 of one sample at one step. */
SILD_FN Words draw(Key key, uint32_t block, uint64_t sample, uint32_t step) {
  return philox({block, uint32_t(sample), step, uint32_t(sample >> 32)}, key);
}

/** A uniform number in (0, 1]: never 0, so that its logarithm is finite. */
SILD_FN float uniform(uint32_t word) { return fma(float(word), 0x1p-32f, 0x1p-33f); }

}  // namespace sild
