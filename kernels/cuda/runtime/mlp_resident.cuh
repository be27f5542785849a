// kernels/cuda/runtime/mlp_resident.cuh — mlp_sampler with all weights in shared memory: a warp is a sampler of sixteen rows.
//
// Once the weights are there, warps never meet again. A warp owns sixteen rows for the whole trajectory, and all that it knows of
// them is in registers, spread over its lanes as mma.sync spreads its sums. With g = lane / 4, t = lane % 4, an array
// v[4][4] over 32 columns holds
//
//   v[j][0], v[j][1]   row g,       columns 8j + 2t, 8j + 2t + 1
//   v[j][2], v[j][3]   row g + 8,   the same columns
//
// The point of it all: sums of two neighbouring j, rounded to bf16 in pairs, are just the left operand that mma.sync wants for
// these sixteen columns as inputs. So the outputs of a layer become the inputs of the next one where they are: no shared memory,
// no shuffle, no barrier. W_2 adds its products to h as it stands in registers.
//
// Registers a thread: h 64, operand 32, its successor 32, sums 16, state 24.
#pragma once

#include "mlp_step.cuh"
#include "slab.cuh"

namespace sild {
namespace resident {

constexpr int PAIRS = 4;          // most columns of a layer: 128
constexpr int STEPS = 2 * PAIRS;  // the same as inputs, sixteen at a time

using Block = float[4][4];       // 16 rows × 32 columns
using Half = float[2][4];        // 16 rows × 16 columns: the state, Z ≤ 16
using Inputs = uint32_t[4];      // 16 rows × 16 columns, bf16

__device__ __forceinline__ int lane() { return threadIdx.x % 32; }

/** Sixteen columns, v[0] and v[1], as an operand. */
__device__ __forceinline__ void to_inputs(Inputs& inputs, const float (&v)[2][4]) {
#pragma unroll
  for (int i = 0; i < 4; i++) inputs[i] = bf16_pair(v[i / 2][i % 2 * 2], v[i / 2][i % 2 * 2 + 1]);
}

/** sum += inputs · wᵀ for the next 32 outputs of the ribbon. */
template <int MOST>
__device__ __forceinline__ void multiply(Block& sum, const Inputs (&inputs)[MOST], int steps, const uint4*& ribbon) {
#pragma unroll
  for (int s = 0; s < MOST; s++)
    if (s < steps) {
      uint4 first = ribbon[lane()], second = ribbon[32 + lane()];
      ribbon += STAGE_BYTES / 16;
      mma_bf16(sum[0], inputs[s], {first.x, first.y});
      mma_bf16(sum[1], inputs[s], {first.z, first.w});
      mma_bf16(sum[2], inputs[s], {second.x, second.y});
      mma_bf16(sum[3], inputs[s], {second.z, second.w});
    }
}

/** v[column] = a[column] for both rows. */
__device__ __forceinline__ void spread(Block& v, const float* a) {
#pragma unroll
  for (int j = 0; j < 4; j++) {
    float2 pair = two(a + 8 * j);
    v[j][0] = v[j][2] = pair.x;
    v[j][1] = v[j][3] = pair.y;
  }
}

/** Σ over a row of what four lanes hold parts of. */
__device__ __forceinline__ float over_quad(float part) {
  part += __shfl_xor_sync(~0u, part, 1);
  return part + __shfl_xor_sync(~0u, part, 2);
}

/** inputs = norm(h) ∘ gain + shift; padded columns of h, gain and shift are 0 and remain so. */
__device__ __forceinline__ void normalise(Inputs (&inputs)[STEPS], const Block (&h)[PAIRS], const float* gain, const float* shift,
                                          int width) {
  float mean[2] = {}, rstd[2] = {}, share = 1.0f / float(width);
#pragma unroll
  for (int p = 0; p < PAIRS; p++)
#pragma unroll
    for (int j = 0; j < 4; j++) mean[0] += h[p][j][0] + h[p][j][1], mean[1] += h[p][j][2] + h[p][j][3];
#pragma unroll
  for (int r = 0; r < 2; r++) mean[r] = over_quad(mean[r]) * share;
#pragma unroll
  for (int p = 0; p < PAIRS; p++)
#pragma unroll
    for (int j = 0; j < 4; j++)
      if (32 * p + 8 * j < width)  // sixteen divides the width: a padded column does not count
#pragma unroll
        for (int i = 0; i < 4; i++) {
          float d = h[p][j][i] - mean[i / 2];
          rstd[i / 2] = fma(d, d, rstd[i / 2]);
        }
#pragma unroll
  for (int r = 0; r < 2; r++) rstd[r] = 1.0f / square_root(over_quad(rstd[r]) * share + NORM_EPSILON);
#pragma unroll
  for (int k = 0; k < STEPS; k++)
    if (16 * k < width) {
      Half v;
#pragma unroll
      for (int j = 0; j < 2; j++) {
        float2 g = two(gain + 16 * k + 8 * j), s = two(shift + 16 * k + 8 * j);
#pragma unroll
        for (int i = 0; i < 4; i++)
          v[j][i] = fma((h[k / 2][k % 2 * 2 + j][i] - mean[i / 2]) * rstd[i / 2], i % 2 ? g.y : g.x, i % 2 ? s.y : s.x);
      }
      to_inputs(inputs[k], v);
    }
}

/** F = network(inputs). Vectors and ribbon are in shared memory; this thread's columns begin at 2t. */
__device__ __forceinline__ void network(Block& F, const Inputs (&input)[1], const MlpLayout& of, const float* vectors,
                                        const uint4* ribbon, const float* __restrict__ modulation) {
  int pairs = of.pairs(of.width), wide = 32 * pairs, steps = of.steps(of.width);
  Block h[PAIRS];
#pragma unroll
  for (int p = 0; p < PAIRS; p++) {
#pragma unroll
    for (int e = 0; e < 16; e++) h[p][e / 4][e % 4] = 0.0f;
    if (p < pairs) {
      spread(h[p], vectors + 32 * p);
      multiply(h[p], input, 1, ribbon);
    }
  }
  vectors += of.vectors(1);
  Inputs normed[STEPS];
#pragma unroll 1
  for (int l = 0; l < of.blocks; l++, vectors += 6 * wide, modulation += of.width) {
    Inputs inner[STEPS];
    normalise(normed, h, vectors + wide, vectors + 2 * wide, of.width);
#pragma unroll
    for (int p = 0; p < PAIRS; p++)
      if (p < pairs) {
        Block u;
        spread(u, vectors + 32 * p);
        multiply(u, normed, steps, ribbon);
#pragma unroll
        for (int half = 0; half < 2; half++)
          if (32 * p + 16 * half < of.width) {
            Half v;
#pragma unroll
            for (int j = 0; j < 2; j++) {
              const float* at = modulation + 32 * p + 16 * half + 8 * j;
              float first = at[0], second = at[1];
#pragma unroll
              for (int i = 0; i < 4; i++) v[j][i] = fast_silu<1>(u[2 * half + j][i] + (i % 2 ? second : first));
            }
            to_inputs(inner[2 * p + half], v);
          }
      }
#pragma unroll
    for (int p = 0; p < PAIRS; p++)
      if (p < pairs) {
        Block bias;
        spread(bias, vectors + 3 * wide + 32 * p);
#pragma unroll
        for (int e = 0; e < 16; e++) h[p][e / 4][e % 4] += bias[e / 4][e % 4];
        multiply(h[p], inner, steps, ribbon);
      }
  }
  int narrow = 32 * of.pairs(of.latent);
  normalise(normed, h, vectors + narrow, vectors + narrow + wide, of.width);
  spread(F, vectors);
  multiply(F, normed, steps, ribbon);
}

/**
 * z of sixteen columns. Four normals come from one block of words and belong to two lanes: the even one draws them for row g, the
 * odd one for row g + 8, and each gives the other its half.
 */
__device__ __forceinline__ void draw_noise(Half& z, const Trajectory& of, int64_t row, uint32_t step) {
  bool odd = lane() % 2;
#pragma unroll
  for (int j = 0; j < 2; j++) {
    Normals n = of.noise(row + (odd ? 8 : 0), 2 * j + lane() % 4 / 2, step);
    float first = __shfl_xor_sync(~0u, odd ? n.x : n.z, 1), second = __shfl_xor_sync(~0u, odd ? n.y : n.w, 1);
    z[j][0] = odd ? first : n.x, z[j][1] = odd ? second : n.y;
    z[j][2] = odd ? n.z : first, z[j][3] = odd ? n.w : second;
  }
}

__device__ __forceinline__ void sample(const Trajectory& of, const MlpLayout& layout, const uint8_t* __restrict__ packed) {
  extern __shared__ __align__(16) uint8_t shared[];
  int64_t bytes = layout.at(0, layout.stages(0));
#pragma unroll 1
  for (int64_t i = 16 * threadIdx.x; i < bytes; i += 16 * blockDim.x)
    copy_async<16>(reinterpret_cast<float*>(shared + i), reinterpret_cast<const float*>(packed + i), 16);
  commit_copies();
  await_copies<0>();
  __syncthreads();
  const uint4* ribbon = reinterpret_cast<const uint4*>(shared + layout.at(0, 0));
  int column = lane() % 4 * 2;
  int64_t row = (int64_t(blockIdx.x) * blockDim.x + threadIdx.x) / 32 * 16 + lane() / 4;
  Half x, y, previous, z;
  if (of.start > 0.0f) draw_noise(z, of, row, START_STEP);
#pragma unroll
  for (int e = 0; e < 8; e++) {
    int j = e / 4, i = e % 4, c = 8 * j + column + i % 2;
    int64_t r = row + i / 2 * 8;
    x[j][i] = 0.0f;
    if (c < of.latent && r < of.B) x[j][i] = of.start > 0.0f ? of.start * z[j][i] : of.x[r * of.latent + c];
    y[j][i] = x[j][i];
    previous[j][i] = 0.0f;
  }
#pragma unroll 1
  for (int e = 0; e < of.evaluations; e++) {
    Evaluation now = of.evaluation(e);
    Inputs input[1];
#pragma unroll
    for (int i = 0; i < 8; i++) z[i / 4][i % 4] = now.in * y[i / 4][i % 4];
    to_inputs(input[0], z);
    Block F;
    network(F, input, layout, reinterpret_cast<const float*>(shared) + column, ribbon,
            of.modulation + int64_t(e) * layout.blocks * layout.width + column);
    if (now.s != 0.0f) draw_noise(z, of, row, uint32_t(int32_t(now.step)));
#pragma unroll
    for (int i = 0; i < 8; i++)
      if (8 * (i / 4) + column + i % 2 < of.latent)  // what is padded stays 0
        advance(now, F[i / 4][i % 4], now.s != 0.0f ? z[i / 4][i % 4] : 0.0f, x[i / 4][i % 4], y[i / 4][i % 4],
                previous[i / 4][i % 4]);
  }
#pragma unroll
  for (int e = 0; e < 8; e++) {
    int c = 8 * (e / 4) + column + e % 2;
    int64_t r = row + e % 4 / 2 * 8;
    if (c < of.latent && r < of.B) of.x[r * of.latent + c] = x[e / 4][e % 4];
  }
}

}  // namespace resident
}  // namespace sild
