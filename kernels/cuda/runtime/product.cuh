// kernels/cuda/runtime/product.cuh — c(M, N) = Σ_k a(M, k) b(k, N), one tile of c a block, and what becomes of the sums.
//
// The block walks along k in slabs (slab.cuh). STAGES slabs of both operands live in shared memory: one is multiplied while the
// others are on their way. A stage is refilled right after the barrier that ends its use, so one barrier a slab is enough:
//
//   wait for slab s, barrier  →  everybody is done with slab s − 1  →  start copying slab s + STAGES − 1 into its place  →  multiply s
//
// A sum is never split between warps or blocks: its order depends on neither the grid nor the machine.
//
// Two tiles. A small one, 32 × 32 by four warps of 16 × 16, because a layer of a few hundred rows has few tiles and the machine
// more than a hundred processors: its time is latency, so three slabs are on their way while one is multiplied. A large one,
// 128 × 64 by eight warps of 32 × 32, for products that fill the machine: it reads an operand half or a quarter as often, and what
// a warp reads and rounds serves 4 or 2 fragments instead of 2 and 1. Both stay within the 48 KB of shared memory that need no
// asking for, and two blocks of the large one hide each other's barriers on a processor.
//
// In the end the sums go through shared memory once: there a thread of mma.sync holds pairs of two rows, and the epilogue wants
// quads of one, so that what it reads and writes are whole 128-byte lines.
#pragma once

#include "precision.cuh"

namespace sild {

template <int ROWS_, int COLUMNS_, int WARP_ROWS_, int WARP_COLUMNS_, int STAGES_>
struct Tile {
  static constexpr int ROWS = ROWS_, COLUMNS = COLUMNS_;                      // of c, a block
  static constexpr int WARP_ROWS = WARP_ROWS_, WARP_COLUMNS = WARP_COLUMNS_;  // of c, a warp
  static constexpr int HEIGHT = WARP_ROWS / 16, WIDTH = WARP_COLUMNS / 8;     // fragments of a warp
  static constexpr int STAGES = STAGES_;
  static constexpr int THREADS = 32 * (ROWS / WARP_ROWS) * (COLUMNS / WARP_COLUMNS);
  static constexpr int PITCH = COLUMNS + 8;  // of the sums in shared memory: four rows of pairs fall into different banks
  static constexpr int SUMS = ROWS * PITCH;
};

using Small = Tile<32, 32, 16, 16, 4>;   // 32 KB
using Large = Tile<128, 64, 32, 32, 2>;  // 48 KB

/** Where a warp stands in its tile. */
template <class Tile>
struct Place {
  int row, column;

  SILD_DEVICE Place() {
    constexpr int DOWN = Tile::ROWS / Tile::WARP_ROWS;
    int warp = threadIdx.x / 32;
    row = warp % DOWN * Tile::WARP_ROWS;
    column = warp / DOWN * Tile::WARP_COLUMNS;
  }
};

/** The sums of one thread: fragments of 16 × 8, four sums each (precision.cuh). */
template <class Tile>
struct Sums {
  float value[Tile::HEIGHT][Tile::WIDTH][4] = {};

  /** Adds the product of one slab of each operand. */
  template <class Mode, class Left, class Right>
  SILD_DEVICE void add(const float* left, const float* right, Place<Tile> warp) {
#pragma unroll Mode::UNROLL
    for (int k = 0; k < DEPTH; k += Mode::STEP) {
      typename Mode::Rows rows[Tile::HEIGHT];
#pragma unroll
      for (int i = 0; i < Tile::HEIGHT; i++) rows[i].template read<Left>(left, warp.row + 16 * i, k);
#pragma unroll
      for (int j = 0; j < Tile::WIDTH; j++) {
        typename Mode::Columns columns;
        columns.template read<Right>(right, warp.column + 8 * j, k);
#pragma unroll
        for (int i = 0; i < Tile::HEIGHT; i++) Mode::multiply(value[i][j], rows[i], columns);
      }
    }
  }

  /** to: (ROWS, PITCH). */
  SILD_DEVICE void store(float* to, Place<Tile> warp) const {
#pragma unroll
    for (int i = 0; i < Tile::HEIGHT; i++)
#pragma unroll
      for (int j = 0; j < Tile::WIDTH; j++) {
        float* at = to + (warp.row + 16 * i + lane_row()) * Tile::PITCH + warp.column + 8 * j + 2 * lane_quad();
        *reinterpret_cast<float2*>(at) = make_float2(value[i][j][0], value[i][j][1]);
        *reinterpret_cast<float2*>(at + 8 * Tile::PITCH) = make_float2(value[i][j][2], value[i][j][3]);
      }
  }
};

/** Σ_k a(i, k) for the rows of a tile, out of the slabs that the product reads anyway. Several threads share a row, each a part of k. */
template <class Tile, class Left>
struct RowSums {
  static constexpr int SHARES = Tile::THREADS / Tile::ROWS, SHARE = DEPTH / SHARES;
  float sum = 0.0f;

  SILD_DEVICE void add(const float* slab) {
    int row = threadIdx.x % Tile::ROWS, k = threadIdx.x / Tile::ROWS * SHARE;
#pragma unroll
    for (int d = 0; d < SHARE; d++) sum += Left::element(slab, row, k + d);
  }

  SILD_DEVICE void store(float* shares) const { shares[threadIdx.x] = sum; }

  /** Adds the shares up in their order. */
  static SILD_DEVICE float total(const float* shares) {
    float total = shares[threadIdx.x];
#pragma unroll
    for (int s = 1; s < SHARES; s++) total += shares[s * Tile::ROWS + threadIdx.x];
    return total;
  }
};

/**
 * One tile of c. `epilogue(i, j, quad)` gets the sums c(i, j … j + 3), j a multiple of 4; what lies past column N means nothing.
 * With ROW_SUMS the blocks of the first column of tiles store Σ_k a(i, k) to row_sums, unless that is null.
 */
template <class Mode, class Tile, Layout LEFT, Layout RIGHT, bool ROW_SUMS, class Epilogue>
SILD_DEVICE void product(const float* a, const float* b, int M, int N, int K, float* row_sums, const Epilogue& epilogue) {
  using Left = Slab<LEFT, Tile::ROWS>;
  using Right = Slab<RIGHT, Tile::COLUMNS>;
  constexpr int STAGES = Tile::STAGES, STAGE = Left::FLOATS + Right::FLOATS;
  static_assert(Tile::SUMS + Tile::THREADS <= STAGES * STAGE, "the sums take the place of the slabs");
  __shared__ alignas(16) float shared[STAGES * STAGE];

  unsigned tiles_a_row = (unsigned(N) + Tile::COLUMNS - 1) / Tile::COLUMNS;
  int row = blockIdx.x / tiles_a_row * Tile::ROWS, column = blockIdx.x % tiles_a_row * Tile::COLUMNS;
  Operand left{a, M, K}, right{b, N, K};
  bool left_wide = Left::wide(left), right_wide = Right::wide(right);
  auto fetch_slab = [&](int slab) {
    if (slab * DEPTH < K) {
      float* stage = shared + slab % STAGES * STAGE;
      Left::template fetch<Tile::THREADS>(stage, left, row, slab * DEPTH, left_wide);
      Right::template fetch<Tile::THREADS>(stage + Left::FLOATS, right, column, slab * DEPTH, right_wide);
    }
    commit_copies();  // past the end an empty group: the count of groups stays the count of slabs
  };

  Place<Tile> warp;
  Sums<Tile> sums;
  RowSums<Tile, Left> of_rows;
  bool with_rows = ROW_SUMS && row_sums && column == 0;
#pragma unroll 1
  for (int s = 0; s < STAGES - 1; s++) fetch_slab(s);
#pragma unroll 1
  for (int s = 0; s * DEPTH < K; s++) {
    await_copies<STAGES - 2>();
    __syncthreads();
    fetch_slab(s + STAGES - 1);
    const float* stage = shared + s % STAGES * STAGE;
    if (with_rows) of_rows.add(stage);
    sums.template add<Mode, Left, Right>(stage, stage + Left::FLOATS, warp);
  }

  __syncthreads();  // the last slab has been multiplied
  sums.store(shared, warp);
  if (with_rows) of_rows.store(shared + Tile::SUMS);
  __syncthreads();
  if (with_rows && threadIdx.x < min(Tile::ROWS, M - row)) row_sums[row + threadIdx.x] = of_rows.total(shared + Tile::SUMS);
#pragma unroll 1
  for (int pass = 0; pass < Tile::ROWS * Tile::COLUMNS / (4 * Tile::THREADS); pass++) {
    unsigned at = 4 * (pass * Tile::THREADS + threadIdx.x);
    int i = at / Tile::COLUMNS, j = at % Tile::COLUMNS;
    if (row + i < M && column + j < N)
      epilogue(row + i, column + j, *reinterpret_cast<const float4*>(shared + i * Tile::PITCH + j));
  }
}

}  // namespace sild
