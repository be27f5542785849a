// kernels/cuda/random_features.cu — a matrix product whose right operand is drawn while it is needed.
//
// Maths: maths/random_features.h. x: (B, D), features: (B, P), w: (P, D) in no memory but 64 × 16 of it in shared memory.
//
// Kernel. A block makes 128 rows by 64 features, sixteen coordinates at a time. Its 256 threads draw the 64 × 16 weights, one
// Philox block of four each, while the copies of the 128 × 16 coordinates fly; then every thread multiplies eight rows by four
// features. Sums are f32 fma in the order of the coordinates. Both operands are in shared memory twice: what is drawn or copied
// for the next sixteen coordinates never meets what is being read.
//
// Bound on an H100 [instructions]: one fma for each of B P D, and a weight is drawn once for 128 rows: 55 instructions (its quarter
// of ten Philox rounds, half a logarithm, √, sine and cosine, all by polynomial, so that it has the bits that the CPU draws) are
// 0.43 a product. 128-bit loads add 3/32. (1 + 0.43 + 0.1)/30.9 T/s = 0.05 ps a product, where a stored w would cost 4 P D B of memory
// traffic and a pass to write it. Memory: 4 B P B out, 4 ⌈P/64⌉ B D B in, the latter from the second-level cache.
#include "../maths/random_features.h"

#include "runtime/slab.cuh"

namespace sild {
namespace {

constexpr int ROWS = 128, FEATURES = 64, THREADS = 256;
constexpr int STEP = 16;         // coordinates in shared memory at once
constexpr int POINT = STEP + 4;  // floats from row to row; 16-byte chunks of eight rows then lie in different banks

struct Shared {
  float x[2][ROWS][POINT];      // (row, coordinate)
  float w[2][FEATURES][POINT];  // (feature, coordinate)
};

__device__ __forceinline__ float4 quad(const float* at) { return *reinterpret_cast<const float4*>(at); }

/** Starts copying coordinates k … k + 16 of the block's rows; outside of x they are zero. */
__device__ __forceinline__ void fetch(Shared& s, int buffer, const float* __restrict__ x, int64_t b, int64_t k, int64_t B,
                                      int64_t D) {
  int line = threadIdx.x / STEP, column = threadIdx.x % STEP;
  const float* from = x + (b + line) * D + k + column;
  int left = k + column < D ? int(min(B - b - line, int64_t(ROWS))) : 0;
#pragma unroll
  for (int i = 0; i < ROWS; i += THREADS / STEP, from += THREADS / STEP * D)
    copy_async<4>(&s.x[buffer][line + i][column], i < left ? from : x, i < left ? 4 : 0);
  commit_copies();
}

/** Draws coordinates k … k + 16 of the block's features; past D they meet a zero. */
__device__ __forceinline__ void draw_weights(Shared& s, int buffer, Key key, uint64_t first, int64_t k) {
  int feature = threadIdx.x / 4, block = threadIdx.x % 4;
  Normals n = normals(draw(key, uint32_t(k / 4) + block, first + feature, 0));
  *reinterpret_cast<float4*>(&s.w[buffer][feature][4 * block]) = make_float4(n.x, n.y, n.z, n.w);
}

}  // namespace

// block 256, grid (⌈P/64⌉, ⌈B/128⌉).
extern "C" __global__ void __launch_bounds__(THREADS, 2)
    sild_random_features(float* __restrict__ features, const float* __restrict__ x, int64_t B, int64_t P, int64_t D, int kind,
                         float scale, uint32_t seed, uint32_t purpose, uint64_t first_feature) {
  __shared__ __align__(16) Shared s;
  int t = threadIdx.x % 16, y = threadIdx.x / 16;
  int64_t b = int64_t(blockIdx.y) * ROWS, p = int64_t(blockIdx.x) * FEATURES;
  Key key{seed, purpose};
  float sum[8][4] = {};  // rows b + y + 16 q, features p + t + 16 r
  fetch(s, 0, x, b, 0, B, D);
  draw_weights(s, 0, key, first_feature + p, 0);
#pragma unroll 1
  for (int64_t k = 0, buffer = 0; k < D; k += STEP, buffer ^= 1) {
    await_copies<0>();
    __syncthreads();  // this buffer is complete, and nobody reads the other one any more
    if (k + STEP < D) {
      fetch(s, buffer ^ 1, x, b, k + STEP, B, D);
      draw_weights(s, buffer ^ 1, key, first_feature + p, k + STEP);
    }
#pragma unroll
    for (int e = 0; e < STEP; e += 4) {
      float4 w[4];
#pragma unroll
      for (int r = 0; r < 4; r++) w[r] = quad(&s.w[buffer][t + 16 * r][e]);
#pragma unroll
      for (int q = 0; q < 8; q++) {
        float4 row = quad(&s.x[buffer][y + 16 * q][e]);
#pragma unroll
        for (int r = 0; r < 4; r++)
          sum[q][r] = fma(row.w, w[r].w, fma(row.z, w[r].z, fma(row.y, w[r].y, fma(row.x, w[r].x, sum[q][r]))));
      }
    }
  }
#pragma unroll
  for (int r = 0; r < 4; r++) {
    int64_t feature = p + t + 16 * r;
    if (feature >= P) continue;
    uint32_t phase = feature_phase(key, first_feature + feature);
#pragma unroll
    for (int q = 0; q < 8; q++) {
      int64_t row = b + y + 16 * q;
      if (row < B) features[row * P + feature] = random_feature(kind, scale * sum[q][r], phase);
    }
  }
}

}  // namespace sild
