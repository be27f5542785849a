// kernels/cuda/runtime/mlp_tile.cuh — a block's rows in shared memory, a warp's weights on their way there, and their product.
//
// For mlp_streamed.cuh, which says how they are used. Each lane copies by cp.async just the 16 bytes of a stage that it will itself
// put into mma.sync: a copy that one waits for oneself needs no barrier, and the ribbon runs on over layers and evaluations.
#pragma once

#include "mlp_step.cuh"
#include "slab.cuh"

namespace sild {
namespace streamed {

constexpr int PASSES = 2;  // most pairs a warp: 16 of 32 columns over 8 warps
template <int PARTS>
constexpr int RING = PARTS == 1 ? 4 : 3;  // stages of a ribbon that are in shared memory or under way: 4 or 6 KB a warp

using Block = float[4][4];  // 16 rows × 32 columns, as in mlp_resident.cuh

/** Where things are in shared memory, in bytes. ROWS × (W + 8) halves for each part of an operand; the state in f32. */
template <int TILES, int PARTS>
struct Rooms {
  static constexpr int ROWS = 16 * TILES;
  int stride, narrow, columns;                     // halves a row of an operand, of the input; floats a row of F
  int inner, input, state, y, previous, sums, ring, bytes;  // the operand is at 0

  __device__ __forceinline__ explicit Rooms(const MlpLayout& of) {
    stride = of.width + 8;
    narrow = 16 * of.steps(of.latent) + 8;
    columns = 32 * of.pairs(of.latent) + 8;
    inner = PARTS * ROWS * stride * 2;
    input = inner + ROWS * max(PARTS * stride * 2, columns * 4);  // F takes the place of SiLU(u)
    state = input + PARTS * ROWS * narrow * 2;
    int floats = ROWS * ((of.latent + 3) / 4 * 4) * 4;
    y = state + floats;
    previous = y + floats;
    sums = previous + floats;
    ring = sums + 2 * of.warps * ROWS * 4;
    bytes = ring + of.warps * RING<PARTS> * PARTS * STAGE_BYTES;
  }
};

/** The block's shared memory: a constant address, which costs no register. */
__device__ __forceinline__ uint8_t* shared_bytes() {
  extern __shared__ __align__(16) uint8_t all[];
  return all;
}

/** A warp's view of its weights: an endless ribbon. */
template <int PARTS>
struct Ribbon {
  const uint8_t* from;  // this lane's 16 bytes of the first stage
  int ring;             // where they go in the first place
  int stages, ahead;    // how many there are; the next one to ask for
  int place;            // where the next one to use is

  __device__ __forceinline__ void ask(int where) {
#pragma unroll
    for (int i = 0; i < 2 * PARTS; i++)
      copy_async<16>(reinterpret_cast<float*>(shared_bytes() + ring + where * PARTS * STAGE_BYTES + 512 * i),
                     reinterpret_cast<const float*>(from + int64_t(ahead) * PARTS * STAGE_BYTES + 512 * i), 16);
    commit_copies();
    ahead = ahead + 1 == stages ? 0 : ahead + 1;
  }

  __device__ __forceinline__ void begin() {
#pragma unroll
    for (int i = 0; i < RING<PARTS> - 1; i++) ask(i);
  }

  /** The next stage; and the place of the one before it is filled again. */
  __device__ __forceinline__ void next(uint4 (&stage)[2 * PARTS]) {
    await_copies<RING<PARTS> - 2>();
#pragma unroll
    for (int i = 0; i < 2 * PARTS; i++)
      stage[i] = *reinterpret_cast<const uint4*>(shared_bytes() + ring + place * PARTS * STAGE_BYTES + 512 * i);
    ask(place == 0 ? RING<PARTS> - 1 : place - 1);
    place = place + 1 == RING<PARTS> ? 0 : place + 1;
  }
};

/** Sixteen rows by sixteen columns of an operand in shared memory. */
__device__ __forceinline__ void load_inputs(uint32_t (&a)[4], const uint8_t* at) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(a[0]), "=r"(a[1]), "=r"(a[2]), "=r"(a[3])
               : "r"(unsigned(__cvta_generic_to_shared(at))));
}

/** What a warp can do with its rows and its ribbon. */
template <int TILES, int PARTS>
struct Tile {
  static constexpr int ROWS = 16 * TILES;
  MlpLayout layout;
  Rooms<TILES, PARTS> rooms;
  const float* __restrict__ vectors;
  Ribbon<PARTS> ribbon;
  int warp, lane, g, t;

  __device__ __forceinline__ Tile(const MlpLayout& mlp, const uint8_t* __restrict__ packed)
      : layout(mlp), rooms(mlp), vectors(reinterpret_cast<const float*>(packed)) {
    warp = threadIdx.x / 32, lane = threadIdx.x % 32, g = lane / 4, t = lane % 4;
    ribbon = {packed + layout.at(warp, 0) + 16 * lane, rooms.ring + warp * RING<PARTS> * PARTS * STAGE_BYTES + 16 * lane,
              layout.stages(warp), 0, 0};
    ribbon.begin();
  }

  __device__ __forceinline__ float* floats(int at) const { return reinterpret_cast<float*>(shared_bytes() + at); }

  /** First column of this thread in its pair of a pass. */
  __device__ __forceinline__ int column(int pass) const { return 32 * (pass * layout.warps + warp) + 2 * t; }

  /** Two neighbouring values of a row into an operand: hi, and for bf16x3 what is left. */
  __device__ __forceinline__ void put(int operand, int stride, int row, int column, float first, float second) const {
    uint32_t hi = bf16_pair(first, second);
    *reinterpret_cast<uint32_t*>(shared_bytes() + operand + (row * stride + column) * 2) = hi;
    if constexpr (PARTS == 2)
      *reinterpret_cast<uint32_t*>(shared_bytes() + operand + ((ROWS + row) * stride + column) * 2) =
          bf16_remainder(first, second, hi);
  }

  /** sum += operand · wᵀ for the next pair of the ribbon; bf16x3 takes lo·hi, hi·lo and hi·hi, the small ones first. */
  __device__ __forceinline__ void multiply(Block (&sum)[TILES], int operand, int stride, int steps) {
    const uint8_t* from = shared_bytes() + operand + (lane % 16 * stride + lane / 16 * 8) * 2;
#pragma unroll 1
    for (int s = 0; s < steps; s++, from += 32) {
      uint4 w[2 * PARTS];
      ribbon.next(w);
#pragma unroll
      for (int m = 0; m < TILES; m++) {
        uint32_t a[PARTS][4];
#pragma unroll
        for (int part = 0; part < PARTS; part++) load_inputs(a[part], from + (part * ROWS + 16 * m) * stride * 2);
#pragma unroll
        for (int half = 0; half < 2; half++) {
          if constexpr (PARTS == 2) {
            mma_bf16(sum[m][2 * half], a[1], {w[half].x, w[half].y});
            mma_bf16(sum[m][2 * half + 1], a[1], {w[half].z, w[half].w});
            mma_bf16(sum[m][2 * half], a[0], {w[2 + half].x, w[2 + half].y});
            mma_bf16(sum[m][2 * half + 1], a[0], {w[2 + half].z, w[2 + half].w});
          }
          mma_bf16(sum[m][2 * half], a[0], {w[half].x, w[half].y});
          mma_bf16(sum[m][2 * half + 1], a[0], {w[half].z, w[half].w});
        }
      }
    }
  }

  /** sum (+)= vector, which begins at this thread's first column. */
  template <bool ADD>
  __device__ __forceinline__ static void spread(Block (&sum)[TILES], const float* __restrict__ vector) {
#pragma unroll
    for (int j = 0; j < 4; j++) {
      float2 v = two(vector + 8 * j);
#pragma unroll
      for (int m = 0; m < TILES; m++)
#pragma unroll
        for (int i = 0; i < 4; i++) sum[m][j][i] = (ADD ? sum[m][j][i] : 0.0f) + (i % 2 ? v.y : v.x);
    }
  }
};

}  // namespace streamed
}  // namespace sild
