// kernels/cuda/sampler_step.cu — every sampler's update, x' = a x + b D + c D_prev + s z.
//
//   next, x, denoised, previous: (B, N); a term whose array is null is not there.
//
// An element costs 4 bytes and 4 for each term: 12 for a x + b D, 3.6 ps on an H100 (3.35 TB/s), 16 with D_prev. Without noise it
// takes 13 instructions, with it 53, 1.7 ps: bound by memory in either case. Two kernels, so that a deterministic step has
// neither the registers nor the rows of the one that draws.
#include "../maths/sampler_step.h"

#include "../maths/step.h"
#include "runtime/noise.cuh"
#include "runtime/tile.cuh"

namespace sild {

/** The terms without noise. x may be `next`, so it is read as an array that this kernel writes. */
struct Terms {
  const float *x, *denoised, *previous;
  float a, b, c;

  SILD_DEVICE bool aligned() const { return wide(x, denoised, previous); }

  /** Elements at … at + 4 of n. */
  SILD_DEVICE float4 mean(int64_t at, int64_t n, bool whole) const {
    const float a = this->a, b = this->b, c = this->c;
    float4 y = {0.0f, 0.0f, 0.0f, 0.0f};
    if (x && denoised)
      y = each([=](float x, float d) { return sampler_step(x, d, a, b); }, fetch_own(x, at, n, whole),
               fetch(denoised, at, n, whole));
    else if (x)
      y = each([=](float x) { return a * x; }, fetch_own(x, at, n, whole));
    else if (denoised)
      y = each([=](float d) { return b * d; }, fetch(denoised, at, n, whole));
    if (previous) y = each([=](float p, float y) { return fma(c, p, y); }, fetch(previous, at, n, whole), y);
    return y;
  }
};

// s = 0. One thread four elements: blocks of 256, ⌈B N / 1024⌉ of them.
extern "C" __global__ void __launch_bounds__(256)
    sild_sampler_step(float* next, const float* x, const float* __restrict__ denoised, const float* __restrict__ previous,
                      int64_t B, int64_t N, float a, float b, float c) {
  const int64_t n = B * N, at = 4 * (int64_t(blockIdx.x) * blockDim.x + threadIdx.x);
  if (at >= n) return;
  const Terms terms{x, denoised, previous, a, b, c};
  const bool whole = wide(next) && terms.aligned() && at + 4 <= n;
  put(next, at, n, whole, terms.mean(at, n, whole));
}

// Block (T, Y), T = ⌈Q / ⌈Q/256⌉⌉ of Q = ⌈N/4⌉, Y = ⌊256/T⌋; grid (any, ⌈Q/T⌉). Row 0 is sample at->first_sample, or 0.
extern "C" __global__ void __launch_bounds__(256)
    sild_sampler_step_noise(float* next, const float* x, const float* __restrict__ denoised, const float* __restrict__ previous,
                            int64_t B, int64_t N, float a, float b, float c, float s, uint32_t seed, uint32_t purpose,
                            const Step* __restrict__ at, uint32_t step) {
  const int64_t block = tile_column(), column = 4 * block;
  if (column >= N) return;
  const Key key{seed, purpose};
  const uint64_t first_sample = at ? at->first_sample : 0;
  const Terms terms{x, denoised, previous, a, b, c};
  const bool whole = wide(next) && terms.aligned() && N % 4 == 0;
  for (int64_t row = tile_row(); row < B; row += tile_stride()) {
    int64_t start = row * N;
    float4 y = terms.mean(start + column, start + N, whole);
    y = each([=](float z, float y) { return fma(s, z, y); }, noise(key, block, first_sample + uint64_t(row), step), y);
    put(next, start + column, start + N, whole, y);
  }
}

}  // namespace sild
