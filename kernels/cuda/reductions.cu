// kernels/cuda/reductions.cu — sums in a fixed order, and the largest entry of a row.
//
//   sum_of_squares  Σ x² in double: 4 B an element, 1.2 ps on an H100; two instructions in double, 0.4 ps: bound by memory
//   bin_errors      count, Σ error, Σ error², Σ loss by ln σ: 12 B a row. The additions of a bin are a chain, by promise
//   row_maximum     max_j x_bj and the first such j: 4 B an element, 1.2 ps; 7 instructions, 0.2 ps: bound by memory
#include "../maths/reductions.h"

#include "runtime/team.cuh"

namespace sild {

constexpr int BLOCK = 256;

/** Elements of a part: a function of n alone, a multiple of 1024, at most 2048 parts. */
SILD_DEVICE int64_t part_of(int64_t n) { return max(int64_t(4096), (n + (1 << 21) - 1) / (1 << 21) * 1024); }

// parts[i] = Σ x² over part i of part_of(n) elements. Blocks of (256, 1), one a part. A thread adds its squares in their order,
// then the block pairwise: a finite sum never depends on the grid, and a NaN or an infinity stays what it is.
extern "C" __global__ void __launch_bounds__(BLOCK)
    sild_sum_of_squares_parts(double* __restrict__ parts, const float* __restrict__ x, int64_t n) {
  const int64_t begin = blockIdx.x * part_of(n), end = min(n, begin + part_of(n));
  const bool aligned = wide(x);
  double sum = 0.0;
  for (int64_t at = begin + 4 * threadIdx.x; at < end; at += 4 * BLOCK) {
    float4 q = fetch(x, at, end, aligned && at + 4 <= end);
    sum = __fma_rn(double(q.x), double(q.x), sum);
    sum = __fma_rn(double(q.y), double(q.y), sum);
    sum = __fma_rn(double(q.z), double(q.z), sum);
    sum = __fma_rn(double(q.w), double(q.w), sum);
  }
  sum = team_sum(sum);
  if (threadIdx.x == 0) parts[blockIdx.x] = sum;
}

// sum = Σ parts. One block of (256, 1).
extern "C" __global__ void __launch_bounds__(BLOCK)
    sild_sum_of_squares(double* __restrict__ sum, const double* __restrict__ parts, int64_t count) {
  double mine = 0.0;
#pragma unroll 1
  for (int64_t i = threadIdx.x; i < count; i += BLOCK) mine += parts[i];
  mine = team_sum(mine);
  if (threadIdx.x == 0) *sum = mine;
}

/** The bin of a noise level, uniform in ln σ, ends open. */
SILD_DEVICE int64_t bin_of(float sigma, int64_t bins, float low, float high) {
  float place = (logarithm(sigma) - low) / (high - low) * float(bins);
  return min(bins - 1, place > 0.0f ? int64_t(place) : int64_t(0));
}

// sums: (bins, 4) double. Blocks of 256, one for each 64 bins. The rows' bins are found side by side, 256 at a time; then a
// thread for each of the four sums of each bin walks over them, in their order: the additions of the CPU, so its bits.
extern "C" __global__ void __launch_bounds__(BLOCK)
    sild_bin_errors(double* __restrict__ sums, const float* __restrict__ sigma, const float* __restrict__ error,
                    const float* __restrict__ loss, int64_t B, int64_t bins, float low, float high) {
  __shared__ float4 terms[BLOCK];  // 1, error, error, loss
  __shared__ int64_t bin[BLOCK];
  const int64_t sum = int64_t(blockIdx.x) * BLOCK + threadIdx.x, mine = sum / 4;
  const int which = threadIdx.x % 4;
  double total = sum < 4 * bins ? sums[sum] : 0.0;
  for (int64_t first = 0; first < B; first += BLOCK) {
    const int count = int(min(B - first, int64_t(BLOCK)));
    if (threadIdx.x < count) {
      int64_t b = first + threadIdx.x;
      bin[threadIdx.x] = bin_of(sigma[b], bins, low, high);
      terms[threadIdx.x] = {1.0f, error[b], error[b], loss[b]};
    }
    __syncthreads();
#pragma unroll 1
    for (int b = 0; b < count; b++) {
      if (bin[b] != mine) continue;
      double term = reinterpret_cast<const float*>(terms + b)[which];
      total += which == 2 ? term * term : term;
    }
    __syncthreads();  // before the next rows take their place
  }
  if (sum < 4 * bins) sums[sum] = total;
}

/** Whether b comes before a: the larger, a NaN above all numbers, of equals the first. */
SILD_DEVICE bool overtakes(Candidate b, Candidate a) {
  bool a_nan = a.value != a.value, b_nan = b.value != b.value;
  if (a_nan || b_nan ? a_nan == b_nan : a.value == b.value) return b.index < a.index;
  return b_nan || (!a_nan && b.value > a.value);
}

// value, index: (B); x: (B, N). Block (T, Y): team.cuh; grid ⌈B / Y⌉.
extern "C" __global__ void __launch_bounds__(MOST_THREADS)
    sild_row_maximum(float* __restrict__ value, int32_t* __restrict__ index, const float* __restrict__ x, int64_t B, int64_t N) {
  const int64_t row = team_row(), n = row < B ? N : 0;
  const bool whole = wide(x) && N % 4 == 0;
  Candidate best{n > 0 ? x[row * N] : 0.0f, 0};  // everybody begins with the first entry, so a later one must be larger
  auto consider = [&](float v, int64_t j) {
    if ((whole || j < n) && !(v <= best.value) && best.value == best.value) best = {v, int32_t(j)};
  };
  for (int64_t at = 4 * int64_t(threadIdx.x); at < n; at += 4 * int64_t(blockDim.x)) {
    float4 q = fetch(x + row * N, at, n, whole);
    consider(q.x, at);
    consider(q.y, at + 1);
    consider(q.z, at + 2);
    consider(q.w, at + 3);
  }
  best = together(best, [](Candidate a, Candidate b) { return overtakes(b, a) ? b : a; });
  if (n > 0 && threadIdx.x == 0) value[row] = best.value, index[row] = best.index;
}

}  // namespace sild
