// kernels/cuda/runtime/slab.cuh — a window of one operand: from global memory by cp.async, out of shared memory in quads.
//
// A product walks along k in slabs of DEPTH = 32. An operand lies in memory in one of two ways, and its slab stands in shared
// memory the same way, so that a copy is a copy and nothing is transposed on the way in:
//
//   ALONG_K    k is contiguous:   x in x wᵀ, w in x wᵀ, du in du w          slab: (SIZE, 32)
//   ACROSS_K   k is the row:      w in du w, du and x in duᵀ x              slab: (32, SIZE)
//
// What leaves the slab is a *quad*: the four values k … k + 3 of one row (or column) of the operand. The order in which a product
// adds up k is its own affair as long as both operands agree on it, so the thread that mma.sync wants to hold the values
// 2t, 2t+1, 2t+8, 2t+9 of sixteen is given 4t … 4t+3 instead: one 128-bit load in place of two of 64 bits.
//
// Bank conflicts. A row of a slab is a whole number of 128-byte lines; without care all rows begin in the same bank. So the
// 16-byte chunks of a row are permuted by an exclusive-or with a few bits of the row:
//
//   ALONG_K    chunk ^ (r0 r2 r1), the low bits of the row with the lowest on top. A 128-bit load is served eight lanes at a time:
//              two rows by four chunks for mma.sync (r0 sends the rows to different halves of the line), eight rows by one chunk
//              for FFMA (all eight permutations differ). Both take one pass.
//   ACROSS_K   chunk ^ 2·(bits 2 and 3 of k). 32 lanes read eight neighbours in each of four rows 4t: eight banks a row, and t
//              moves them apart.
#pragma once

#include "quads.cuh"

namespace sild {

constexpr int DEPTH = 32;  // k of one slab: 128 bytes where k is contiguous, a full line

enum Layout { ALONG_K, ACROSS_K };

/** Copies `bytes` of 4 or 16 and fills up with zeros; `from` must be readable even if bytes is 0. */
template <int WIDTH>
SILD_DEVICE void copy_async(float* to, const float* from, int bytes) {
  unsigned at = unsigned(__cvta_generic_to_shared(to));
  if constexpr (WIDTH == 16)
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(at), "l"(from), "r"(bytes) : "memory");
  else
    asm volatile("cp.async.ca.shared.global [%0], [%1], 4, %2;" ::"r"(at), "l"(from), "r"(bytes) : "memory");
}

SILD_DEVICE void commit_copies() { asm volatile("cp.async.commit_group;" ::: "memory"); }

/** Returns when all but the newest `PENDING` groups of this thread's copies have landed. */
template <int PENDING>
SILD_DEVICE void await_copies() {
  asm volatile("cp.async.wait_group %0;" ::"n"(PENDING) : "memory");
}

/** An operand as it lies in memory, row-major: (size, depth) ALONG_K, (depth, size) ACROSS_K. */
struct Operand {
  const float* data;
  int size, depth;
};

/** SIZE rows (of the left operand) or columns (of the right one), DEPTH deep. */
template <Layout LAYOUT, int SIZE>
struct Slab {
  static constexpr bool ALONG = LAYOUT == ALONG_K;
  static constexpr int OUTER = ALONG ? SIZE : DEPTH, INNER = ALONG ? DEPTH : SIZE;
  static constexpr int FLOATS = SIZE * DEPTH;

  /** Where element (outer, inner) stands. */
  static SILD_DEVICE int at(int outer, int inner) {
    int turn = ALONG ? (outer & 1) << 2 | (outer >> 1 & 3) : (outer >> 2 & 3) << 1;
    return outer * INNER + ((inner >> 2 ^ turn) << 2 | (inner & 3));
  }

  /** Elements k … k + 3 of row or column i; k is a multiple of 4. */
  static SILD_DEVICE float4 quad(const float* slab, int i, int k) {
    if constexpr (ALONG) return *reinterpret_cast<const float4*>(slab + at(i, k));
    const float* first = slab + at(k, i);
    return make_float4(first[0], first[INNER], first[2 * INNER], first[3 * INNER]);
  }

  /** Element k of row or column i. */
  static SILD_DEVICE float element(const float* slab, int i, int k) {
    return slab[ALONG ? at(i, k) : at(k, i)];
  }

  /** Whether every row of the operand begins at a multiple of 16 bytes: only then may a copy take 16 at once. */
  static SILD_DEVICE bool wide(const Operand& operand) {
    return sild::wide(operand.data) && (ALONG ? operand.depth : operand.size) % 4 == 0;
  }

  /** Starts copying rows i … i + SIZE, k … k + DEPTH. What lies outside the operand becomes zero: it adds nothing to a sum. */
  template <int THREADS>
  static SILD_DEVICE void fetch(float* slab, const Operand& operand, int i, int k, bool wide) {
    constexpr int CHUNKS = INNER / 4;  // of 16 bytes, a row
    static_assert(OUTER * CHUNKS % THREADS == 0, "every thread copies as much");
    int stride = ALONG ? operand.depth : operand.size;
    int outers = ALONG ? operand.size - i : operand.depth - k;  // rows left from the window's first on
    int inners = ALONG ? operand.depth - k : operand.size - i;
    const float* window = operand.data + (ALONG ? int64_t(i) * stride + k : int64_t(k) * stride + i);
#pragma unroll
    for (int pass = 0; pass < OUTER * CHUNKS / THREADS; pass++) {
      int chunk = pass * THREADS + int(threadIdx.x), outer = chunk / CHUNKS, inner = chunk % CHUNKS * 4;
      float* to = slab + at(outer, inner);
      const float* from = window + int64_t(outer) * stride + inner;
      int left = outer < outers ? inners - inner : 0;
      if (wide) {
        copy_async<16>(to, left > 0 ? from : window, left > 0 ? 16 : 0);
      } else {
#pragma unroll
        for (int e = 0; e < 4; e++) copy_async<4>(to + e, e < left ? from + e : window, e < left ? 4 : 0);
      }
    }
  }
};

}  // namespace sild
