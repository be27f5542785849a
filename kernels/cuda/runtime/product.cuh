// kernels/cuda/runtime/product.cuh — c(M, N) = Σ_k a(M, k) b(k, N), one tile of c a block, then an epilogue in registers.
//
// The block walks along k in slabs (slab.cuh). STAGES slabs of both operands live in shared memory: one is multiplied while the
// others are on their way. A stage is refilled right after the barrier that ends its use, so one barrier a slab is enough:
//
//   wait for slab s, barrier  →  everybody is done with slab s − 1  →  start copying slab s + STAGES − 1 into its place  →  multiply s
//
// A sum is never split between threads or blocks: its order depends on neither the grid nor the machine.
//
// Two tiles. A small one, 32 × 32 by four warps of 16 × 16, because a layer of a few hundred rows has few tiles and the machine
// more than a hundred processors: its time is latency, so four slabs are in flight. A large one, 128 × 64 by eight warps of
// 32 × 32, for products that fill the machine: it reads each operand half to a quarter as often, and splits or rounds a value for
// 4 (rows) or 2 (columns) fragments instead of 2 and 1. Both use static shared memory, below the 48 KB that need no opt-in.
#pragma once

#include "precision.cuh"

namespace sild {

template <int ROWS_, int COLUMNS_, int WARP_ROWS_, int WARP_COLUMNS_, int STAGES_>
struct Tile {
  static constexpr int ROWS = ROWS_, COLUMNS = COLUMNS_;                      // of c, a block
  static constexpr int WARP_ROWS = WARP_ROWS_, WARP_COLUMNS = WARP_COLUMNS_;  // of c, a warp
  static constexpr int STAGES = STAGES_;
  static constexpr int THREADS = 32 * (ROWS / WARP_ROWS) * (COLUMNS / WARP_COLUMNS);
};

using Small = Tile<32, 32, 16, 16, 4>;   // 32 KB
using Large = Tile<128, 64, 32, 32, 2>;  // 48 KB

/** Σ_k a(i, k) for the rows of a tile, out of the slabs that the product reads anyway: ROWS columns of threads share k. */
template <class Tile, class Left>
struct RowSums {
  static constexpr int SHARES = Tile::THREADS / Tile::ROWS, SHARE = DEPTH / SHARES;
  float sum = 0;

  __device__ __forceinline__ void add(const float* slab) {
    int row = threadIdx.x % Tile::ROWS, k = threadIdx.x / Tile::ROWS * SHARE;
#pragma unroll
    for (int d = 0; d < SHARE; d++) sum += Left::element(slab, row, k + d);
  }

  /** Adds the shares up in their order; `scratch` is free for THREADS floats. */
  __device__ __forceinline__ void store(float* sums, int rows, float* scratch) {
    __syncthreads();  // the slab that lies there has been multiplied
    scratch[threadIdx.x] = sum;
    __syncthreads();
    if (threadIdx.x >= Tile::ROWS || threadIdx.x >= rows) return;
    float total = scratch[threadIdx.x];
#pragma unroll
    for (int s = 1; s < SHARES; s++) total += scratch[s * Tile::ROWS + threadIdx.x];
    sums[threadIdx.x] = total;
  }
};

/** sum += the product of one slab of each operand, for the warp's part of the tile. */
template <class Mode, class Tile, class Left, class Right>
__device__ __forceinline__ void multiply_slab(float (&sum)[Tile::WARP_ROWS / 16][Tile::WARP_COLUMNS / 8][4], const float* left,
                                              const float* right, int warp_row, int warp_column) {
  constexpr int HEIGHT = Tile::WARP_ROWS / 16, WIDTH = Tile::WARP_COLUMNS / 8;
#pragma unroll Mode::UNROLL
  for (int k = 0; k < DEPTH; k += Mode::STEP) {
    typename Mode::Rows rows[HEIGHT];
#pragma unroll
    for (int i = 0; i < HEIGHT; i++) rows[i].template read<Left>(left, warp_row + 16 * i, k);
#pragma unroll
    for (int j = 0; j < WIDTH; j++) {
      typename Mode::Columns columns;
      columns.template read<Right>(right, warp_column + 8 * j, k);
#pragma unroll
      for (int i = 0; i < HEIGHT; i++) Mode::multiply(sum[i][j], rows[i], columns);
    }
  }
}

/**
 * One tile of c. `epilogue(i, j, sum, both)` gets c(i, j) and, if `both`, c(i, j + 1); j is even. With ROW_SUMS the blocks of the
 * first column of tiles store Σ_k a(i, k) to row_sums, unless that is null.
 */
template <class Mode, class Tile, Layout LEFT, Layout RIGHT, bool ROW_SUMS, class Epilogue>
__device__ __forceinline__ void product(const float* a, const float* b, int M, int N, int K, float* row_sums,
                                        const Epilogue& epilogue) {
  using Left = Slab<LEFT, Tile::ROWS>;
  using Right = Slab<RIGHT, Tile::COLUMNS>;
  constexpr int STAGE = Left::FLOATS + Right::FLOATS, STAGES = Tile::STAGES;
  __shared__ alignas(16) float stages[STAGES * STAGE];

  unsigned tiles_a_row = (unsigned(N) + Tile::COLUMNS - 1) / Tile::COLUMNS;
  int row = blockIdx.x / tiles_a_row * Tile::ROWS, column = blockIdx.x % tiles_a_row * Tile::COLUMNS;
  int warp = threadIdx.x / 32;
  int warp_row = warp % (Tile::ROWS / Tile::WARP_ROWS) * Tile::WARP_ROWS;
  int warp_column = warp / (Tile::ROWS / Tile::WARP_ROWS) * Tile::WARP_COLUMNS;

  Operand left{a, M, K}, right{b, N, K};
  bool left_wide = Left::wide(left), right_wide = Right::wide(right);
  auto fetch = [&](int slab) {
    if (slab * DEPTH < K) {
      float* stage = stages + slab % STAGES * STAGE;
      Left::template fetch<Tile::THREADS>(stage, left, row, slab * DEPTH, left_wide);
      Right::template fetch<Tile::THREADS>(stage + Left::FLOATS, right, column, slab * DEPTH, right_wide);
    }
    commit_copies();  // an empty group too: the count of groups is the count of slabs
  };

  float sum[Tile::WARP_ROWS / 16][Tile::WARP_COLUMNS / 8][4] = {};
  RowSums<Tile, Left> sums;
  bool with_sums = ROW_SUMS && row_sums && column == 0;
#pragma unroll
  for (int s = 0; s < STAGES - 1; s++) fetch(s);
#pragma unroll 1
  for (int s = 0; s * DEPTH < K; s++) {
    await_copies<STAGES - 2>();
    __syncthreads();
    fetch(s + STAGES - 1);
    const float* stage = stages + s % STAGES * STAGE;
    if (with_sums) sums.add(stage);
    multiply_slab<Mode, Tile, Left, Right>(sum, stage, stage + Left::FLOATS, warp_row, warp_column);
  }
  if (with_sums) sums.store(row_sums + row, M - row, stages);

  int g = lane_row(), t = lane_quad();
#pragma unroll
  for (int i = 0; i < 2 * (Tile::WARP_ROWS / 16); i++)
#pragma unroll
    for (int j = 0; j < Tile::WARP_COLUMNS / 8; j++) {
      int at_row = row + warp_row + 8 * i + g, at_column = column + warp_column + 8 * j + 2 * t;
      float2 pair = make_float2(sum[i / 2][j][i % 2 * 2], sum[i / 2][j][i % 2 * 2 + 1]);
      if (at_row < M && at_column < N) epilogue(at_row, at_column, pair, at_column + 1 < N);
    }
}

}  // namespace sild
