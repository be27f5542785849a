// kernels/cuda/runtime/precision.cuh — four ways to multiply f32 numbers, each a step of a product.
//
//   Bf16     x ≈ hi, rounded to bf16                      1 mma.sync m16n8k16      error of an operand 2⁻⁹
//   Bf16x3   x ≈ hi + lo, both bf16                       3 mma.sync m16n8k16      error of a product about 2⁻¹⁷
//            a b ≈ lo·hi + hi·lo + hi·hi; lo·lo is below the error of the split itself
//   Tf32     x ≈ tf32, eleven bits                        2 mma.sync m16n8k8       error of an operand 2⁻¹²
//   Strict   x                                            fma                      none but that of the f32 sum
//
// All sum in f32. Each way has the same vocabulary. STEP is how much of k one step takes; Rows is what a thread holds of 16 rows
// of the left operand, Columns what it holds of 8 columns of the right one, both made from quads (slab.cuh) while they are
// read from shared memory: operands stay f32 until they are in registers. multiply() adds the product of both to the four sums
// of the thread, which in *every* way are those of mma.sync, so that one epilogue serves all. With g = lane / 4, t = lane % 4:
//
//   sum[0], sum[1]: row g,     columns 2t, 2t + 1
//   sum[2], sum[3]: row g + 8, columns 2t, 2t + 1
//
// Splitting a pair for Bf16x3 takes six instructions (round, widen both, subtract both, round). A warp tile of 32 × 32 × 16 holds 16
// pairs a thread and makes 24 mma.sync of them: 96 instructions and 8 loads beside 24 × 6.5 clocks of the tensor unit.
//
// NaN stays NaN in all four. A value that is infinite, or so large that bf16 rounds it to infinity (|x| > 3.39e38), has lo = −∞ or
// NaN in Bf16x3 and shows as NaN.
#pragma once

#include "slab.cuh"

namespace sild {

/** Two f32 as bf16 in one register, the first in the low half, as mma.sync takes neighbours in k. */
SILD_DEVICE uint32_t bf16_pair(float first, float second) {
  uint32_t pair;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(second), "f"(first));
  return pair;
}

/** What rounding to bf16 left of two f32, rounded in turn. The subtractions are exact. */
SILD_DEVICE uint32_t bf16_remainder(float first, float second, uint32_t pair) {
  return bf16_pair(first - __uint_as_float(pair << 16), second - __uint_as_float(pair & 0xffff0000u));
}

SILD_DEVICE void mma_bf16(float (&sum)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
  asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
      : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

SILD_DEVICE void mma_tf32(float (&sum)[4], uint32_t a0, uint32_t a1, uint32_t a2, uint32_t a3, uint32_t b0,
                                         uint32_t b1) {
  asm("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
      : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
      : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
}

SILD_DEVICE int lane_row() { return (threadIdx.x & 31) >> 2; }   // g
SILD_DEVICE int lane_quad() { return threadIdx.x & 3; }          // t

struct Bf16 {
  static constexpr int STEP = 16, UNROLL = 2;

  struct Rows {
    uint32_t hi[4];

    template <class Slab>
    SILD_DEVICE void read(const float* slab, int row, int k) {
      float4 upper = Slab::quad(slab, row + lane_row(), k + 4 * lane_quad());
      float4 lower = Slab::quad(slab, row + lane_row() + 8, k + 4 * lane_quad());
      hi[0] = bf16_pair(upper.x, upper.y), hi[1] = bf16_pair(lower.x, lower.y);
      hi[2] = bf16_pair(upper.z, upper.w), hi[3] = bf16_pair(lower.z, lower.w);
    }
  };

  struct Columns {
    uint32_t hi[2];

    template <class Slab>
    SILD_DEVICE void read(const float* slab, int column, int k) {
      float4 q = Slab::quad(slab, column + lane_row(), k + 4 * lane_quad());
      hi[0] = bf16_pair(q.x, q.y), hi[1] = bf16_pair(q.z, q.w);
    }
  };

  static SILD_DEVICE void multiply(float (&sum)[4], const Rows& a, const Columns& b) { mma_bf16(sum, a.hi, b.hi); }
};

struct Bf16x3 {
  static constexpr int STEP = 16, UNROLL = 2;

  struct Rows {
    uint32_t hi[4], lo[4];

    template <class Slab>
    SILD_DEVICE void read(const float* slab, int row, int k) {
      float4 upper = Slab::quad(slab, row + lane_row(), k + 4 * lane_quad());
      float4 lower = Slab::quad(slab, row + lane_row() + 8, k + 4 * lane_quad());
      hi[0] = bf16_pair(upper.x, upper.y), lo[0] = bf16_remainder(upper.x, upper.y, hi[0]);
      hi[1] = bf16_pair(lower.x, lower.y), lo[1] = bf16_remainder(lower.x, lower.y, hi[1]);
      hi[2] = bf16_pair(upper.z, upper.w), lo[2] = bf16_remainder(upper.z, upper.w, hi[2]);
      hi[3] = bf16_pair(lower.z, lower.w), lo[3] = bf16_remainder(lower.z, lower.w, hi[3]);
    }
  };

  struct Columns {
    uint32_t hi[2], lo[2];

    template <class Slab>
    SILD_DEVICE void read(const float* slab, int column, int k) {
      float4 q = Slab::quad(slab, column + lane_row(), k + 4 * lane_quad());
      hi[0] = bf16_pair(q.x, q.y), lo[0] = bf16_remainder(q.x, q.y, hi[0]);
      hi[1] = bf16_pair(q.z, q.w), lo[1] = bf16_remainder(q.z, q.w, hi[1]);
    }
  };

  static SILD_DEVICE void multiply(float (&sum)[4], const Rows& a, const Columns& b) {
    mma_bf16(sum, a.lo, b.hi);
    mma_bf16(sum, a.hi, b.lo);
    mma_bf16(sum, a.hi, b.hi);
  }
};

struct Tf32 {
  static constexpr int STEP = 16, UNROLL = 2;  // two mma.sync of depth 8: a quad is two neighbours for each

  static SILD_DEVICE void round(uint32_t (&to)[4], float4 q) {
    asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(to[0]) : "f"(q.x));
    asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(to[1]) : "f"(q.y));
    asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(to[2]) : "f"(q.z));
    asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(to[3]) : "f"(q.w));
  }

  struct Rows {
    uint32_t upper[4], lower[4];

    template <class Slab>
    SILD_DEVICE void read(const float* slab, int row, int k) {
      round(upper, Slab::quad(slab, row + lane_row(), k + 4 * lane_quad()));
      round(lower, Slab::quad(slab, row + lane_row() + 8, k + 4 * lane_quad()));
    }
  };

  struct Columns {
    uint32_t value[4];

    template <class Slab>
    SILD_DEVICE void read(const float* slab, int column, int k) {
      round(value, Slab::quad(slab, column + lane_row(), k + 4 * lane_quad()));
    }
  };

  static SILD_DEVICE void multiply(float (&sum)[4], const Rows& a, const Columns& b) {
    mma_tf32(sum, a.upper[0], a.lower[0], a.upper[1], a.lower[1], b.value[0], b.value[1]);
    mma_tf32(sum, a.upper[2], a.lower[2], a.upper[3], a.lower[3], b.value[2], b.value[3]);
  }
};

struct Strict {
  static constexpr int STEP = 4, UNROLL = 2;  // every thread takes all of k, in order: the sum is that of a plain loop

  struct Rows {
    float4 upper, lower;

    template <class Slab>
    SILD_DEVICE void read(const float* slab, int row, int k) {
      upper = Slab::quad(slab, row + lane_row(), k);
      lower = Slab::quad(slab, row + lane_row() + 8, k);
    }
  };

  struct Columns {
    float4 first, second;

    template <class Slab>
    SILD_DEVICE void read(const float* slab, int column, int k) {
      first = Slab::quad(slab, column + 2 * lane_quad(), k);
      second = Slab::quad(slab, column + 2 * lane_quad() + 1, k);
    }
  };

  static SILD_DEVICE float dot(float4 a, float4 b, float sum) {
    return fmaf(a.w, b.w, fmaf(a.z, b.z, fmaf(a.y, b.y, fmaf(a.x, b.x, sum))));
  }

  static SILD_DEVICE void multiply(float (&sum)[4], const Rows& a, const Columns& b) {
    sum[0] = dot(a.upper, b.first, sum[0]), sum[1] = dot(a.upper, b.second, sum[1]);
    sum[2] = dot(a.lower, b.first, sum[2]), sum[3] = dot(a.lower, b.second, sum[3]);
  }
};

}  // namespace sild
