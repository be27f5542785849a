// kernels/cuda/runtime/team.cuh — the T threads that share a row, and what they find out together.
//
//   block (T, Y): T = 32, 64, … 512 threads a row, Y rows a block        grid: ⌈rows / Y⌉
//
// T follows from the width of the row alone (about 16 elements a thread), so the order of a sum does too: not from the grid, not
// from the GPU. Every thread of the block must come to `together`, also those whose row lies past the end.
#pragma once

#include "quads.cuh"

namespace sild {

constexpr unsigned ALL_LANES = 0xFFFFFFFFu;
constexpr int MOST_THREADS = 512;

/** A number and where it stands. */
struct Candidate {
  float value;
  int32_t index;
};

SILD_DEVICE float neighbour(float v, int distance) { return __shfl_xor_sync(ALL_LANES, v, distance); }
SILD_DEVICE double neighbour(double v, int distance) { return __shfl_xor_sync(ALL_LANES, v, distance); }
SILD_DEVICE Candidate neighbour(Candidate v, int distance) {
  return {__shfl_xor_sync(ALL_LANES, v.value, distance), __shfl_xor_sync(ALL_LANES, v.index, distance)};
}

/**
 * The combination of every team member's value, given to all of them. `combine` must be commutative: then both sides of an
 * exchange compute the same bits, and no broadcast is needed. A kernel comes to each CALL once, and every CALL has shared memory of
 * its own: so nothing is overwritten that another warp still reads, and one barrier does.
 */
template <int CALL = 0, class T, class Combine>
SILD_DEVICE T together(T mine, const Combine& combine) {
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2) mine = combine(mine, neighbour(mine, distance));
  if (blockDim.x == 32) return mine;  // the row's team is this warp
  __shared__ T of_warp[MOST_THREADS / 32];
  unsigned warps = blockDim.x / 32, first = threadIdx.y * warps;
  if (threadIdx.x % 32 == 0) of_warp[first + threadIdx.x / 32] = mine;
  __syncthreads();
  T all = of_warp[first];
#pragma unroll 1
  for (unsigned w = 1; w < warps; w++) all = combine(all, of_warp[first + w]);
  return all;
}

template <int CALL = 0>
SILD_DEVICE float team_sum(float mine) {
  return together<CALL>(mine, [](float a, float b) { return a + b; });
}

SILD_DEVICE double team_sum(double mine) {
  return together(mine, [](double a, double b) { return a + b; });
}

/** The team's row; its index may lie past the end. */
SILD_DEVICE int64_t team_row() { return int64_t(blockIdx.x) * blockDim.y + threadIdx.y; }

constexpr int HELD = 4;  // quads a thread can keep in registers: rows of up to 16 T floats

/**
 * visit(k, at, whole) for the quads of a row of n floats that fall to this thread, at = 4 (t + k T). The first HELD quads of an
 * aligned row come with constants k < HELD and whole = true: k may index an array of registers. All others have k = HELD.
 */
template <class Visit>
SILD_DEVICE void each_quad(int64_t n, bool aligned, const Visit& visit) {
  const int64_t stride = 4 * int64_t(blockDim.x);
  int64_t at = 4 * int64_t(threadIdx.x);
  if (aligned)
#pragma unroll
    for (int k = 0; k < HELD; k++, at += stride)
      if (at < n) visit(k, at, true);
#pragma unroll 1
  for (; at < n; at += stride) visit(HELD, at, aligned);
}

}  // namespace sild
