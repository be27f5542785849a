// kernels/cuda/mixture_denoiser.cu — the exact denoiser as a streaming softmax: distances, weights and weighted sum, tile by tile.
//
// Maths: maths/mixture_denoiser.h. x: (B, D), centres: (M, D). The B × M weights never exist: 64 × 64 of them at a time do.
//
// Kernel. A block takes 64 rows and one share of the components, and walks through its share 64 centres at a time:
//   1. distances   64 × 64 sums of (x − μ)² over D, sixteen coordinates at a time through shared memory;
//   2. softmax     logits, the new largest of each row, weights into shared memory; the sums so far are scaled down;
//   3. numerator   64 × 64 by 64 × D: the tile of weights times the same centres, 64 columns at a time.
// A thread owns four rows by four centres in 1 and four rows by four columns in 3. The rows are the same ones, so what it knows
// about a row (largest logit, scale) stays in its registers. The numerators, 64 × D, are too many for registers and for shared
// memory once D is a few thousand: they rest in stream scratch, in the second-level cache, where only their thread touches them.
// The shares are merged by a second kernel in the order of the components. How the components are shared depends on M alone, so
// neither the number of rows nor the machine moves a bit of the result.
//
// Distances are f32 differences, on the ordinary arithmetic units: tensor units would need the expanded square, which loses what
// a small σ asks for (maths header).
//
// Bound on an H100 [instructions]: 3 an element of (B, M, D) — a subtraction and an fma for the distance, an fma for the
// numerator — 30.9 T/s: 0.097 ps an element. In shared memory a thread reads eight floats for 16 (1) or 32 (3) instructions as
// 128-bit loads, 1/8 instruction each. From the second-level cache come 20 B for each coordinate of a row and tile, 1280 D B
// against 12288 D instructions a tile: 3.2 TB/s at the bound, below what that cache gives. From memory: 4 (B D + M D) B.
#include "runtime/mixture_tile.cuh"

namespace sild {

// One share of the components for 64 rows. block 256, grid (shares, ⌈B/64⌉); a share is `tiles` tiles of 64 centres,
// tiles = ⌈⌈M/64⌉/32⌉, shares = ⌈⌈M/64⌉/tiles⌉ ≤ 32. partials: shares × 64⌈B/64⌉ × (4 + 64⌈D/64⌉) floats at a multiple of 16 bytes.
extern "C" __global__ void __launch_bounds__(THREADS, 2)
    sild_mixture_partial(const float* __restrict__ x, const float* __restrict__ centres, const float* __restrict__ log_weights,
                         const float* __restrict__ variances, const float* __restrict__ sigma, int64_t B, int64_t M, int64_t D,
                         int64_t tiles, float* __restrict__ partials) {
  __shared__ __align__(16) Shared s;
  int t = threadIdx.x % 16, y = threadIdx.x / 16;
  int64_t b = int64_t(blockIdx.y) * SIDE, rows = int64_t(gridDim.y) * SIDE, stride = partial_floats(D);
  float* mine = partials + (blockIdx.x * rows + b) * stride;  // (64, stride)
  Matrix points{x, B, D}, bank{centres, M, D};
  float dimension = float(D), first_variance = variances ? variances[0] : 0.0f;
  float square_sigma[4], first_inverse[4], scale[4];  // of rows y + 16 q
  float largest[4], sum[4], kept[4];                  // the sums over this thread's centres only
#pragma unroll
  for (int q = 0; q < 4; q++) {
    float level = sigma[min(b + y + 16 * q, B - 1)];  // rows past the last are computed and never read
    square_sigma[q] = level * level;
    first_inverse[q] = 1.0f / (first_variance + square_sigma[q]);
    largest[q] = NO_LOGIT, sum[q] = kept[q] = 0.0f;
  }
  int64_t begin = blockIdx.x * tiles * SIDE, end = min(M, begin + tiles * SIDE);
#pragma unroll 1
  for (int64_t i = begin; i < end; i += SIDE) {
    if (threadIdx.x < SIDE) {  // read after the barriers of the distances; a centre that is not there has no weight
      int64_t at = i + threadIdx.x;
      s.log_weight[threadIdx.x] = at >= M ? NO_LOGIT : log_weights ? log_weights[at] : 0.0f;
      s.variance[threadIdx.x] = at < M && variances ? variances[at] : 0.0f;
    }
    float square[4][4], share[4][4];
    distances(square, s, points, bank, b, i);
#pragma unroll
    for (int p = 0; p < 4; p++)
#pragma unroll
      for (int q = 0; q < 4; q++) {
        Component c = component(s.log_weight[t + 16 * p], s.variance[t + 16 * p], square_sigma[q], first_inverse[q], dimension);
        share[q][p] = c.share;
        square[q][p] = logit(c, square[q][p]);
      }
#pragma unroll
    for (int q = 0; q < 4; q++) {
      float most = largest[q];
#pragma unroll
      for (int p = 0; p < 4; p++) most = square[q][p] > most ? square[q][p] : most;  // never NaN
#pragma unroll
      for (int lane = 8; lane > 0; lane /= 2) {
        float other = __shfl_xor_sync(~0u, most, lane);
        most = other > most ? other : most;
      }
      scale[q] = exponential(largest[q] - most);
      largest[q] = most;
      sum[q] *= scale[q];
      kept[q] *= scale[q];
#pragma unroll
      for (int p = 0; p < 4; p++) {
        float weight = exponential(square[q][p] - most), stays = share[q][p] * weight;
        sum[q] += weight;
        kept[q] += stays;
        s.weight[y + 16 * q][t + 16 * p] = weight - stays;
      }
    }
    __syncthreads();  // all have read the points, and the weights are there
#pragma unroll 1
    for (int64_t j = 0; j < D; j += SIDE) accumulate(mine + 4 + j, s, bank, scale, i, j, stride, i == begin);
  }
#pragma unroll
  for (int q = 0; q < 4; q++) {
#pragma unroll
    for (int lane = 8; lane > 0; lane /= 2) {
      sum[q] += __shfl_xor_sync(~0u, sum[q], lane);
      kept[q] += __shfl_xor_sync(~0u, kept[q], lane);
    }
    if (t == 0) *reinterpret_cast<Partial*>(mine + (y + 16 * q) * stride) = {largest[q], sum[q], kept[q], 0.0f};
  }
}

// All shares of a row. A warp a row and 32 columns: block 256, grid (⌈B/8⌉, ⌈D/32⌉); the other arguments as for the partials.
extern "C" __global__ void sild_mixture_merge(float* __restrict__ denoised, float* __restrict__ density,
                                              const float* __restrict__ x, const float* __restrict__ log_weights,
                                              const float* __restrict__ variances, const float* __restrict__ sigma, int64_t B,
                                              int64_t M, int64_t D, int64_t shares, const float* __restrict__ partials) {
  int64_t b = int64_t(blockIdx.x) * 8 + threadIdx.x / 32, rows = (B + SIDE - 1) / SIDE * SIDE, stride = partial_floats(D);
  int lane = threadIdx.x % 32;
  if (b >= B) return;
  bool mine = lane < shares;
  const float4 head = mine ? quad(partials + (lane * rows + b) * stride) : make_float4(NO_LOGIT, 0.0f, 0.0f, 0.0f);
  float largest = head.x;
#pragma unroll
  for (int step = 16; step > 0; step /= 2) {
    float other = __shfl_xor_sync(~0u, largest, step);
    largest = other > largest ? other : largest;
  }
  float scale = mine ? exponential(head.x - largest) : 0.0f, sum = scale * head.y, kept = scale * head.z;
#pragma unroll
  for (int step = 16; step > 0; step /= 2) {
    sum += __shfl_xor_sync(~0u, sum, step);
    kept += __shfl_xor_sync(~0u, kept, step);
  }
  if (density && blockIdx.y == 0 && lane == 0)
    density[b] = log_density(largest, sum, variances ? variances[0] : 0.0f, sigma[b], float(D), log_weights ? 1.0f : float(M));
  int64_t j = int64_t(blockIdx.y) * 32 + lane;  // past D there are zeros to read
  float numerator = 0.0f;
  int share = 0;
#pragma unroll 1
  do {
    float weight = __shfl_sync(~0u, scale, share);
    numerator = fma(weight, partials[(share * rows + b) * stride + 4 + j], numerator);
  } while (++share < shares);
  if (j < D) denoised[b * D + j] = fma(kept, x[b * D + j], numerator) / sum;
}

}  // namespace sild
