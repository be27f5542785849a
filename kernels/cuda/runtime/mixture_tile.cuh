// kernels/cuda/runtime/mixture_tile.cuh — 64 rows against 64 centres: distances, and the sum that the weights of a tile make.
//
// Both are products of two operands that pass through shared memory sixteen at a time, in two buffers: while one is read, cp.async
// fills the other. 4 bytes a copy, so that nothing is asked of the alignment of x and of the centres; what lies outside is copied
// as zero. A thread (t, y) of 16 × 16 holds rows y + 16 q, and centres t + 16 p or columns 4t … 4t + 3.
#pragma once

#include "../../maths/mixture_denoiser.h"
#include "slab.cuh"

namespace sild {

constexpr int SIDE = 64;              // rows of a tile, centres of a tile, columns of a numerator tile
constexpr int THREADS = 256;          // 16 × 16, each 4 × 4 of a tile: rows y + 16 i
constexpr int STEP = 16;              // coordinates (1) or centres (3) that are in shared memory at once, twice
constexpr int POINT = STEP + 4;       // floats from row to row; 16-byte chunks of eight rows then lie in different banks
constexpr int LINE = SIDE + 4;

/** What a share leaves behind for each row: a head of 4 floats, then numerators for D columns, rounded up to 64. */
struct Partial {
  float largest, sum, kept, unused;
};

__device__ __forceinline__ int64_t partial_floats(int64_t D) { return 4 + (D + SIDE - 1) / SIDE * SIDE; }

struct Shared {
  union {
    struct {
      float x[2][SIDE][POINT];        // (row, coordinate)
      float centre[2][SIDE][POINT];   // (centre, coordinate)
    } points;
    float line[2][STEP][LINE];        // (centre, column)
  };
  float weight[SIDE][LINE];           // (row, centre)
  float log_weight[SIDE], variance[SIDE];
};

/** A row-major matrix (rows, columns) of f32. */
struct Matrix {
  const float* data;
  int64_t rows, columns;

  /** Starts copying rows `row` + HEIGHT i, i < COUNT, of one column to `to` + STRIDE i; what lies outside becomes zero. */
  template <int COUNT, int HEIGHT, int STRIDE>
  __device__ __forceinline__ void fetch(float* to, int64_t row, int64_t column) const {
    const float* from = data + row * columns + column;
    int left = column < columns ? int(min(rows - row, int64_t(SIDE))) : 0;
#pragma unroll
    for (int i = 0; i < COUNT; i++, from += HEIGHT * columns) {
      bool inside = i * HEIGHT < left;
      copy_async<4>(to + i * STRIDE, inside ? from : data, inside ? 4 : 0);
    }
  }
};

/** Starts copying coordinates k … k + 16 of the 64 rows and of the 64 centres. */
__device__ __forceinline__ void fetch_points(Shared& s, int buffer, const Matrix& x, const Matrix& c, int64_t b, int64_t i,
                                             int64_t k) {
  int line = threadIdx.x / STEP, column = threadIdx.x % STEP;
  x.fetch<4, 16, 16 * POINT>(&s.points.x[buffer][line][column], b + line, k + column);
  c.fetch<4, 16, 16 * POINT>(&s.points.centre[buffer][line][column], i + line, k + column);
  commit_copies();
}

/** Starts copying columns j … j + 64 of centres i … i + 16. */
__device__ __forceinline__ void fetch_lines(Shared& s, int buffer, const Matrix& c, int64_t i, int64_t j) {
  int line = threadIdx.x / SIDE, column = threadIdx.x % SIDE;
  c.fetch<4, 4, 4 * LINE>(&s.line[buffer][line][column], i + line, j + column);
  commit_copies();
}

__device__ __forceinline__ float4 quad(const float* at) { return *reinterpret_cast<const float4*>(at); }

/** square[q][p] = ‖x − μ‖² for rows y + 16 q and centres i + t + 16 p. */
__device__ __forceinline__ void distances(float (&square)[4][4], Shared& s, const Matrix& x, const Matrix& c, int64_t b,
                                          int64_t i) {
  int t = threadIdx.x % 16, y = threadIdx.x / 16;
#pragma unroll
  for (int e = 0; e < 16; e++) square[e / 4][e % 4] = 0.0f;
  fetch_points(s, 0, x, c, b, i, 0);
#pragma unroll 1
  for (int64_t k = 0, buffer = 0; k < x.columns; k += STEP, buffer ^= 1) {
    await_copies<0>();
    __syncthreads();  // this buffer has landed, and nobody reads the other one any more
    if (k + STEP < x.columns) fetch_points(s, buffer ^ 1, x, c, b, i, k + STEP);
#pragma unroll
    for (int e = 0; e < STEP; e += 4) {
      float4 row[4];
#pragma unroll
      for (int q = 0; q < 4; q++) row[q] = quad(&s.points.x[buffer][y + 16 * q][e]);
#pragma unroll
      for (int p = 0; p < 4; p++) {
        float4 centre = quad(&s.points.centre[buffer][t + 16 * p][e]);
#pragma unroll
        for (int q = 0; q < 4; q++) {
          float dx = row[q].x - centre.x, dy = row[q].y - centre.y, dz = row[q].z - centre.z, dw = row[q].w - centre.w;
          square[q][p] = fma(dw, dw, fma(dz, dz, fma(dy, dy, fma(dx, dx, square[q][p]))));
        }
      }
    }
  }
}

/** numerator[row][j … j + 64) = scale · numerator + Σ_i weight[row][i] centre[i][j …); the first tile begins at 0. */
__device__ __forceinline__ void accumulate(float* __restrict__ numerators, Shared& s, const Matrix& c, const float (&scale)[4],
                                           int64_t i, int64_t j, int64_t stride, bool first) {
  int t = threadIdx.x % 16, y = threadIdx.x / 16;
  float4 sum[4];
  fetch_lines(s, 0, c, i, j);
#pragma unroll
  for (int q = 0; q < 4; q++) {
    float4 old = first ? make_float4(0.0f, 0.0f, 0.0f, 0.0f) : quad(numerators + (y + 16 * q) * stride + 4 * t);
    sum[q] = make_float4(scale[q] * old.x, scale[q] * old.y, scale[q] * old.z, scale[q] * old.w);
  }
#pragma unroll 1
  for (int k = 0, buffer = 0; k < SIDE; k += STEP, buffer ^= 1) {
    await_copies<0>();
    __syncthreads();
    if (k + STEP < SIDE) fetch_lines(s, buffer ^ 1, c, i + k + STEP, j);
#pragma unroll
    for (int e = 0; e < STEP; e += 4) {
      float4 line[4];
#pragma unroll
      for (int p = 0; p < 4; p++) line[p] = quad(&s.line[buffer][e + p][4 * t]);
#pragma unroll
      for (int q = 0; q < 4; q++) {
        float4 weight = quad(&s.weight[y + 16 * q][k + e]);
        const float w[4] = {weight.x, weight.y, weight.z, weight.w};
#pragma unroll
        for (int p = 0; p < 4; p++) {
          sum[q].x = fma(w[p], line[p].x, sum[q].x), sum[q].y = fma(w[p], line[p].y, sum[q].y);
          sum[q].z = fma(w[p], line[p].z, sum[q].z), sum[q].w = fma(w[p], line[p].w, sum[q].w);
        }
      }
    }
  }
#pragma unroll
  for (int q = 0; q < 4; q++) *reinterpret_cast<float4*>(numerators + (y + 16 * q) * stride + 4 * t) = sum[q];
  __syncthreads();  // the lines are about to be overwritten
}

}  // namespace sild
