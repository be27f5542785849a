// kernels/cuda/conv2d.cu — of a convolution, the gradient of the bias; cuDNN computes the rest.
//
//   dbias[k] = Σ_{b,p,q} dy[b,k,p,q]                  dy: (B, K, P, Q), a plane of P Q floats for each image and channel
//
// cuDNN has this sum too, but reads dy 16 bytes at a time, and faults where it does not begin at a multiple of 16. 4 bytes an
// element, 1.2 ps on an H100; 13 instructions, 0.4 ps: bound by memory.
#include "../maths/conv2d.h"

#include "runtime/team.cuh"

namespace sild {

constexpr int BLOCK = 256;

/** log₂ of the threads that share a plane: enough for a quad each, at most the block. */
SILD_DEVICE int log_sharers(int64_t outputs) { return 32 - __clz(int(min(outputs, int64_t(4 * BLOCK)) - 1) / 4); }

// sums[part, k] = Σ dy over the planes of channel k in a part of the batch: so many images. Blocks of (256, 1); grid
// (K, ⌈B / images⌉). The sums of one part are dbias; those of several, another launch adds, as planes of one float. The threads
// take a plane, or several side by side; each adds its quads in their order, then the block pairwise.
extern "C" __global__ void __launch_bounds__(BLOCK)
    sild_conv2d_bias_gradient(float* __restrict__ sums, const float* __restrict__ dy, int64_t B, int64_t K, int64_t outputs,
                              int64_t images) {
  const int64_t k = blockIdx.x, part = blockIdx.y, end = min(B, (part + 1) * images);
  const bool whole = wide(dy) && outputs % 4 == 0;
  const int log = log_sharers(outputs), first = 4 * (int(threadIdx.x) & ((1 << log) - 1));
  float4 sum = {0.0f, 0.0f, 0.0f, 0.0f};
#pragma unroll 1
  for (int64_t b = part * images + (threadIdx.x >> log); b < end; b += BLOCK >> log)
#pragma unroll 1
    for (int64_t at = first; at < outputs; at += 4 * BLOCK)  // once, up to 1024 floats
      sum = each([](float s, float d) { return s + d; }, sum, fetch(dy + (b * K + k) * outputs, at, outputs, whole));
  const float all = team_sum(sum_of(sum));
  if (threadIdx.x == 0) sums[part * K + k] = all;
}

}  // namespace sild
