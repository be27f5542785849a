// kernels/cuda/linear.cu — y = residual + gain ∘ φ(u), u = x wᵀ + bias + modulation; du, dbias, dw, dx; and the bare product.
//
// Maths: ../maths/linear.h.  x: (B, K)  w: (N, K)  y, u, dy, du: (B, N)
//
//   forward     x wᵀ    both operands along k       everything after the product happens while it is in registers
//   du          elementwise; not run where du is dy: the identity without gain
//   dx          du w    sum over N                  a bare product, nn
//   dw, dbias   duᵀ x   sum over B                  a bare product, tn; dbias is the row sums of duᵀ, out of the same slabs
//
// Bytes, ours against the least. Every slab is read once a tile from L2: for M × N × K in tiles of m × n that is
// 4 MNK (1/m + 1/n) bytes of L2 traffic; of HBM traffic it is the least, 4 (MK + KN + MN), as long as the smaller operand stays in
// the 50 MB of L2. The epilogue reads and writes each element once, in 8-byte pairs, whole 32-byte sectors; du moves 12 bytes an
// element, its least; dbias costs nothing but 4 N.
//
// mma a slab of 32 × 32 × 32: bf16 16, tf32 32 (half as deep), f32 = bf16x3 48; strict 32768 fma.
//
// Bound on an H100 (132 processors, L2 about 6 TB/s, mma.sync some 600 of 990 TFLOP/s), large tile, 10.7 flop a byte of L2:
//   strict   67 TFLOP/s fma; along k the loads of shared memory take as long as the fma, across k half as long again
//   f32      200 TFLOP/s by mma.sync, 64 by L2 when nothing hits L1
//   tf32, bf16  L2: 64 TFLOP/s. The operands are f32 in memory, so more than that is a matter of larger tiles: that of cuBLAS,
//            which Java calls for large plain products
// A layer of 256 rows and 512 outputs is 128 small tiles, one wave: its time is latency, K/32 slabs one after the other.
#include "../maths/linear.h"
#include "runtime/product.cuh"

using namespace sild;

namespace {

/** Element `at` and, if `both`, the one after it; `wide`: as one load. */
__device__ __forceinline__ float2 read_pair(const float* at, bool wide, bool both) {
  if (wide) return __ldg(reinterpret_cast<const float2*>(at));
  return make_float2(__ldg(at), both ? __ldg(at + 1) : 0.0f);
}

/** The same for memory that this kernel writes. */
__device__ __forceinline__ float2 read_own_pair(const float* at, bool wide, bool both) {
  if (wide) return *reinterpret_cast<const float2*>(at);
  return make_float2(*at, both ? at[1] : 0.0f);
}

__device__ __forceinline__ void write_pair(float* at, float2 pair, bool wide, bool both) {
  if (wide) {
    *reinterpret_cast<float2*>(at) = pair;
  } else {
    at[0] = pair.x;
    if (both) at[1] = pair.y;
  }
}

__device__ __forceinline__ float2 operator+(float2 a, float2 b) { return make_float2(a.x + b.x, a.y + b.y); }
__device__ __forceinline__ float2 operator*(float2 a, float2 b) { return make_float2(a.x * b.x, a.y * b.y); }

/** Whether pairs at even columns may be read and written as one, in all of these arrays; null is any address. */
__device__ __forceinline__ bool pairs(int columns, uintptr_t addresses) { return ((addresses & 7) | (columns & 1)) == 0; }
__device__ __forceinline__ uintptr_t address(const float* p) { return reinterpret_cast<uintptr_t>(p); }

/** y, u (B, N) from the product; residual may be y. */
struct LayerEpilogue {
  float *y, *u;
  const float *bias, *modulation, *gain, *residual;
  int64_t columns, modulation_stride;
  bool activated, wide;

  __device__ __forceinline__ void operator()(int i, int j, float2 sum, bool both) const {
    int64_t at = i * columns + j;
    if (bias) sum = sum + read_pair(bias + j, wide, both);
    if (modulation) sum = sum + read_pair(modulation + i * modulation_stride + j, wide, both);
    if (u) write_pair(u + at, sum, wide, both);
    if (activated) sum = make_float2(silu(sum.x), silu(sum.y));
    if (gain) sum = sum * read_pair(gain + j, wide, both);
    if (residual) sum = sum + read_own_pair(residual + at, wide, both);
    write_pair(y + at, sum, wide, both);
  }
};

/** c (M, N) = or += the product, or the transpose of the product: c (N, M). */
struct PlainEpilogue {
  float* c;
  int64_t row, column;  // strides
  bool add, wide;

  __device__ __forceinline__ void operator()(int i, int j, float2 sum, bool both) const {
    float* at = c + i * row + j * column;
    if (column == 1) {
      if (add) sum = sum + read_own_pair(at, wide, both);
      write_pair(at, sum, wide, both);
    } else {  // eight lanes of a warp hold eight rows of a column: neighbours here, whole sectors
      *at = add ? *at + sum.x : sum.x;
      if (both) at[column] = add ? at[column] + sum.y : sum.y;
    }
  }
};

template <class Mode, class Tile>
__device__ __forceinline__ void linear_forward(float* y, float* u, const float* x, const float* w, const float* bias,
                                               const float* modulation, const float* gain, const float* residual, int64_t B,
                                               int64_t N, int64_t K, int64_t modulation_rows, int activation) {
  bool wide = pairs(N, address(y) | address(u) | address(bias) | address(modulation) | address(gain) | address(residual));
  LayerEpilogue epilogue{y, u, bias, modulation, gain, residual, N, modulation_rows == 1 ? 0 : N, activation == SILU, wide};
  product<Mode, Tile, ALONG_K, ALONG_K, false>(x, w, B, N, K, nullptr, epilogue);
}

template <class Mode, class Tile, Layout LEFT, bool ROW_SUMS>
__device__ __forceinline__ void plain_product(float* c, float* row_sums, const float* a, const float* b, int64_t M, int64_t N,
                                              int64_t K, int transposed, int add) {
  PlainEpilogue epilogue{c, transposed ? 1 : N, transposed ? M : 1, add != 0, pairs(N, address(c))};
  product<Mode, Tile, LEFT, ACROSS_K, ROW_SUMS>(a, b, M, N, K, row_sums, epilogue);
}

/** du = dy ∘ gain ∘ φ'(u), WIDTH elements at a time; `gain` and `u` may be null. */
template <class T, int WIDTH>
__device__ __forceinline__ void slope_all(float* du, const float* dy, const float* __restrict__ u, const float* __restrict__ gain,
                                          int64_t B, int64_t N) {
  int64_t step = int64_t(gridDim.x) * blockDim.x * WIDTH;
  int64_t at = (int64_t(blockIdx.x) * blockDim.x + threadIdx.x) * WIDTH;
  int64_t column = at % N, column_step = step % N;  // the only divisions: from here on the column is carried along
  union Vector {
    T all;
    float value[WIDTH];
  };
  for (; at < B * N; at += step) {
    Vector d{*reinterpret_cast<const T*>(dy + at)};
    if (gain) {
      Vector g{__ldg(reinterpret_cast<const T*>(gain + column))};
#pragma unroll
      for (int e = 0; e < WIDTH; e++) d.value[e] *= g.value[e];
    }
    if (u) {
      Vector v{__ldg(reinterpret_cast<const T*>(u + at))};
#pragma unroll
      for (int e = 0; e < WIDTH; e++) d.value[e] *= silu_slope(v.value[e]);
    }
    *reinterpret_cast<T*>(du + at) = d.all;
    column += column_step;
    if (column >= N) column -= N;
  }
}

}  // namespace

// du: (B, N), may be dy; u: (B, N) or null for the identity; gain: (N) or null.
// Blocks of 256, as many as there are 1024 elements, at most 8 a processor.
extern "C" __global__ void __launch_bounds__(256)
    sild_linear_du(float* du, const float* dy, const float* __restrict__ u, const float* __restrict__ gain, int64_t B, int64_t N) {
  if (((address(du) | address(dy) | address(u) | address(gain)) & 15) == 0 && N % 4 == 0)
    slope_all<float4, 4>(du, dy, u, gain, B, N);
  else
    slope_all<float, 1>(du, dy, u, gain, B, N);
}

// The products. One block a tile of the result, 32 × 32 by 128 threads or 128 × 64 by 256, counted row by row of tiles; no dynamic
// shared memory. Every size is below 2³¹ − 32.
//
//   sild_linear_forward  y, u, bias, modulation, gain, residual as in sild_cpu.h; residual may be y: then it adds to y
//   sild_product_nn      c = a b: c (M, N), a (M, K), b (K, N); transposed: c (N, M) = (a b)ᵀ
//   sild_product_tn      c = aᵀ b: a (K, M); row_sums (M) = Σ_k a, or null
#define SILD_PRODUCTS(mode, Mode, tile, Tile)                                                                                     \
  extern "C" __global__ void __launch_bounds__(Tile::THREADS, 2) sild_linear_forward_##mode##_##tile(                             \
      float* y, float* u, const float* __restrict__ x, const float* __restrict__ w, const float* __restrict__ bias,               \
      const float* __restrict__ modulation, const float* __restrict__ gain, const float* residual, int64_t B, int64_t N,          \
      int64_t K, int64_t modulation_rows, int activation) {                                                                       \
    linear_forward<Mode, Tile>(y, u, x, w, bias, modulation, gain, residual, B, N, K, modulation_rows, activation);               \
  }                                                                                                                               \
  extern "C" __global__ void __launch_bounds__(Tile::THREADS, 2) sild_product_nn_##mode##_##tile(                                 \
      float* c, const float* __restrict__ a, const float* __restrict__ b, int64_t M, int64_t N, int64_t K, int transposed,        \
      int add) {                                                                                                                  \
    plain_product<Mode, Tile, ALONG_K, false>(c, nullptr, a, b, M, N, K, transposed, add);                                        \
  }                                                                                                                               \
  extern "C" __global__ void __launch_bounds__(Tile::THREADS, 2) sild_product_tn_##mode##_##tile(                                 \
      float* c, float* row_sums, const float* __restrict__ a, const float* __restrict__ b, int64_t M, int64_t N, int64_t K,       \
      int add) {                                                                                                                  \
    plain_product<Mode, Tile, ACROSS_K, true>(c, row_sums, a, b, M, N, K, 0, add);                                                \
  }

SILD_PRODUCTS(f32, Bf16x3, small, Small)
SILD_PRODUCTS(f32, Bf16x3, large, Large)
SILD_PRODUCTS(f32_strict, Strict, small, Small)
SILD_PRODUCTS(f32_strict, Strict, large, Large)
SILD_PRODUCTS(tf32, Tf32, small, Small)
SILD_PRODUCTS(tf32, Tf32, large, Large)
SILD_PRODUCTS(bf16, Bf16, small, Small)
SILD_PRODUCTS(bf16, Bf16, large, Large)
