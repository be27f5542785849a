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
#include "../maths/mixture_denoiser.h"

#include "runtime/slab.cuh"

namespace sild {
namespace {

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
__device__ __forceinline__ void fetch_points(Shared& s, int buffer, const Matrix& x, const Matrix& c, int64_t b, int64_t i, int64_t k) {
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
__device__ __forceinline__ void distances(float (&square)[4][4], Shared& s, const Matrix& x, const Matrix& c, int64_t b, int64_t i) {
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
__device__ __forceinline__ void accumulate(float* __restrict__ numerators, Shared& s, const Matrix& c, const float (&scale)[4], int64_t i,
                                           int64_t j, int64_t stride, bool first) {
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

}  // namespace

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

// All shares of a row. A warp a row: block 256, grid ⌈B/8⌉; the other arguments as they were for the partials.
extern "C" __global__ void sild_mixture_merge(float* __restrict__ denoised, float* __restrict__ density, const float* __restrict__ x,
                                              const float* __restrict__ log_weights, const float* __restrict__ variances,
                                              const float* __restrict__ sigma, int64_t B, int64_t M, int64_t D, int64_t shares,
                                              const float* __restrict__ partials) {
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
  if (density && lane == 0)
    density[b] = log_density(largest, sum, variances ? variances[0] : 0.0f, sigma[b], float(D), log_weights ? 1.0f : float(M));
#pragma unroll 1
  for (int64_t first = 0; first < D; first += 32) {  // whole warps: the scales are passed between lanes
    int64_t j = first + lane;
    float numerator = 0.0f;
    int share = 0;
#pragma unroll 4
    do {  // there is one at least
      float weight = __shfl_sync(~0u, scale, share);
      numerator = fma(weight, partials[(share * rows + b) * stride + 4 + j], numerator);
    } while (++share < shares);
    if (j < D) denoised[b * D + j] = fma(kept, x[b * D + j], numerator) / sum;
  }
}

}  // namespace sild
