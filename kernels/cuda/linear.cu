// kernels/cuda/linear.cu — y = residual + gain ∘ φ(u), u = x wᵀ + bias + modulation; du, dbias, dw, dx; and the bare product.
//
// Maths: ../maths/linear.h.  x: (B, K)  w: (N, K)  y, u, dy, du: (B, N)
//
//   forward     x wᵀ    both operands along k       everything after the product happens while it is in registers
//   du          elementwise; not run where du is dy: the identity without gain
//   dx          du w    sum over N                  a bare product, nn
//   dw, dbias   duᵀ x   sum over B                  a bare product, tn; dbias is the row sums of duᵀ, out of the same slabs
//
// Bytes. Of HBM the least, 4 (MK + KN + MN) for M × N × K, as long as one operand stays in the 50 MB of L2; the epilogue touches
// each element once, in quads. Of L2, where every tile of m × n fetches its own slabs, 4 MNK (1/m + 1/n). du moves its least, 12
// bytes an element; dbias 4 N, nothing else.
//
// Work a slab of 32: small tile 16 mma.sync m16n8k16 in bf16, 48 in f32, 32 m16n8k8 in tf32; large tile eight times as many.
//
// Bound on an H100 (132 processors; L2 about 5.5 TB/s; mma.sync reaches some 600 of 990 TFLOP/s bf16). A byte of L2 brings 8 flop
// to a small tile and 21 to a large one: 44 and 117 TFLOP/s. Tensor units allow 200 in f32 (three products), 300 in tf32, 600 in
// bf16, so L2 is the bound of all three: the operands are f32 in memory, and only larger tiles would go on from there. Those are
// cuBLAS's, which Java calls for large plain products. Strict: 67 TFLOP/s of fma with both operands along k, 45 across k, where a
// warp needs 48 words of shared memory for 128 fma. A layer of 256 rows and 512 outputs is 128 small tiles, one wave: its time is
// latency, K/32 slabs one after the other, about 200 clocks each.
#include "../maths/linear.h"
#include "runtime/product.cuh"

using namespace sild;

namespace {

/** y, u (B, N) from the product; residual may be y. */
struct LayerEpilogue {
  float *y, *u;
  const float *bias, *modulation, *gain, *residual;
  int64_t N, modulation_stride;
  bool activated, wide;

  SILD_DEVICE void operator()(int i, int j, float4 quad) const {
    int64_t row = i * N;
    auto plus = [](float a, float b) { return a + b; };
    if (bias) quad = each(plus, quad, fetch(bias, j, N, wide));
    if (modulation) quad = each(plus, quad, fetch(modulation + i * modulation_stride, j, N, wide));
    if (u) put(u + row, j, N, wide, quad);
    if (activated) quad = each(silu, quad);
    if (gain) quad = each([](float a, float g) { return a * g; }, quad, fetch(gain, j, N, wide));
    if (residual) quad = each(plus, quad, fetch_own(residual + row, j, N, wide));
    put(y + row, j, N, wide, quad);
  }
};

/** c (M, N) = or += the product. */
struct PlainEpilogue {
  float* c;
  int64_t N;
  bool add, wide;

  SILD_DEVICE void operator()(int i, int j, float4 quad) const {
    float* row = c + i * N;
    if (add) quad = each([](float a, float b) { return a + b; }, quad, fetch_own(row, j, N, wide));
    put(row, j, N, wide, quad);
  }
};

/** c (N, M) = or += the product's transpose. Four lanes hold four rows of the product: 16 bytes of a row of c. */
struct TransposedEpilogue {
  float* c;
  int64_t M, N;
  bool add;

  SILD_DEVICE void operator()(int i, int j, float4 quad) const {
    const float value[4] = {quad.x, quad.y, quad.z, quad.w};
#pragma unroll
    for (int e = 0; e < 4; e++) {
      if (j + e >= N) break;
      float* at = c + (j + e) * M + i;
      *at = add ? *at + value[e] : value[e];
    }
  }
};

template <class Mode, class Tile>
SILD_DEVICE void linear_forward(float* y, float* u, const float* x, const float* w, const float* bias, const float* modulation,
                                const float* gain, const float* residual, int64_t B, int64_t N, int64_t K,
                                int64_t modulation_rows, int activation) {
  LayerEpilogue epilogue{y, u, bias, modulation, gain, residual, N, modulation_rows == 1 ? 0 : N, activation == SILU,
                         N % 4 == 0 && wide(y, u, bias, modulation, gain, residual)};
  product<Mode, Tile, ALONG_K, ALONG_K, false>(x, w, B, N, K, nullptr, epilogue);
}

template <class Mode, class Tile>
SILD_DEVICE void product_nn(float* c, const float* a, const float* b, int64_t M, int64_t N, int64_t K, int transposed, int add) {
  auto epilogue = [=](int i, int j, float4 quad) {
    if (transposed)
      TransposedEpilogue{c, M, N, add != 0}(i, j, quad);
    else
      PlainEpilogue{c, N, add != 0, N % 4 == 0 && wide(c)}(i, j, quad);
  };
  product<Mode, Tile, ALONG_K, ACROSS_K, false>(a, b, M, N, K, nullptr, epilogue);
}

template <class Mode, class Tile>
SILD_DEVICE void product_tn(float* c, float* row_sums, const float* a, const float* b, int64_t M, int64_t N, int64_t K, int add) {
  PlainEpilogue epilogue{c, N, add != 0, N % 4 == 0 && wide(c)};
  product<Mode, Tile, ACROSS_K, ACROSS_K, true>(a, b, M, N, K, row_sums, epilogue);
}

}  // namespace

// du = dy ∘ gain ∘ φ'(u). du: (B, N), may be dy; u: (B, N) or null for the identity; gain: (N) or null.
// Blocks of 256, each thread a quad of columns in one row after another; enough blocks for every quad, at most 8 a processor.
extern "C" __global__ void __launch_bounds__(256)
    sild_linear_du(float* du, const float* dy, const float* __restrict__ u, const float* __restrict__ gain, int64_t B, int64_t N) {
  bool aligned = N % 4 == 0 && wide(du, dy, u, gain);
  uint32_t quads = uint32_t((N + 3) / 4), first = blockIdx.x * blockDim.x + threadIdx.x, step = gridDim.x * blockDim.x;
  uint32_t q = first % quads, q_step = step % quads, row_step = step / quads;  // from here on nothing is divided
  for (int64_t row = first / quads; row < B; row += row_step) {
    int64_t at = row * N, j = 4 * int64_t(q);
    float4 d = fetch_own(dy + at, j, N, aligned);
    if (gain) d = each([](float a, float g) { return a * g; }, d, fetch(gain, j, N, aligned));
    if (u) d = each([](float a, float v) { return a * silu_slope(v); }, d, fetch(u + at, j, N, aligned));
    put(du + at, j, N, aligned, d);
    q += q_step;
    if (q >= quads) q -= quads, row++;
  }
}

// The products. One block a tile of the result, 32 × 32 by 128 threads or 128 × 64 by 256, counted row by row of tiles; no dynamic
// shared memory. Every size is below 2³¹ − 128.
//
//   sild_linear_forward  y, u, bias, modulation, gain, residual as in sild_cpu.h; residual may be y: then it adds to y
//   sild_product_nn      c (M, N) = a b, a (M, K), b (K, N); transposed: c (N, M) = (a b)ᵀ
//   sild_product_tn      c (M, N) = aᵀ b, a (K, M), b (K, N); row_sums (M) = Σ_k a, or null
#define SILD_PRODUCTS(mode, Mode, tile, Tile)                                                                                     \
  extern "C" __global__ void __launch_bounds__(Tile::THREADS, 2) sild_linear_forward_##mode##_##tile(                             \
      float* y, float* u, const float* __restrict__ x, const float* __restrict__ w, const float* __restrict__ bias,               \
      const float* __restrict__ modulation, const float* __restrict__ gain, const float* residual, int64_t B, int64_t N,          \
      int64_t K, int64_t modulation_rows, int activation) {                                                                       \
    linear_forward<Mode, Tile>(y, u, x, w, bias, modulation, gain, residual, B, N, K, modulation_rows, activation);               \
  }                                                                                                                               \
  extern "C" __global__ void __launch_bounds__(Tile::THREADS, 2)                                                                  \
      sild_product_nn_##mode##_##tile(float* c, const float* __restrict__ a, const float* __restrict__ b, int64_t M, int64_t N,   \
                                      int64_t K, int transposed, int add) {                                                       \
    product_nn<Mode, Tile>(c, a, b, M, N, K, transposed, add);                                                                    \
  }                                                                                                                               \
  extern "C" __global__ void __launch_bounds__(Tile::THREADS, 2)                                                                  \
      sild_product_tn_##mode##_##tile(float* c, float* row_sums, const float* __restrict__ a, const float* __restrict__ b,        \
                                      int64_t M, int64_t N, int64_t K, int add) {                                                 \
    product_tn<Mode, Tile>(c, row_sums, a, b, M, N, K, add);                                                                      \
  }

SILD_PRODUCTS(f32, Bf16x3, small, Small)
SILD_PRODUCTS(f32, Bf16x3, large, Large)
SILD_PRODUCTS(f32_strict, Strict, small, Small)
SILD_PRODUCTS(f32_strict, Strict, large, Large)
SILD_PRODUCTS(tf32, Tf32, small, Small)
SILD_PRODUCTS(tf32, Tf32, large, Large)
SILD_PRODUCTS(bf16, Bf16, small, Small)
SILD_PRODUCTS(bf16, Bf16, large, Large)
