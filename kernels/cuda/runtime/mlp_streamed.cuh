// kernels/cuda/runtime/mlp_streamed.cuh — mlp_sampler with weights that pass through: a block carries 64 rows (32 in bf16x3).
//
// The 32-column pairs of every layer are dealt out to the warps, and a warp keeps its columns of h, for all rows of the block, in
// registers: h never moves. What all warps need of one another are the inputs of a product, norm(h) or SiLU(u), and those are in
// shared memory, in bf16 (hi and lo for bf16x3), rows eight halves longer than the width, so that ldmatrix reads eight rows from
// eight different groups of banks.
//
// Weights. A warp reads its ribbon (mlp_layout.cuh) from the second-level cache, once an evaluation, and nobody else in the block
// reads the same bytes. So each lane copies by cp.async just the 16 bytes that it will itself put into mma.sync: a copy that one
// waits for oneself needs no barrier. The ribbon runs on over layers and evaluations: while a warp normalises, updates or waits for
// the others, its next stages are under way.
//
// A block meets four times a block of the network: two for the sums of norm, after norm(h) is written, and after SiLU(u) is.
#pragma once

#include "mlp_state.cuh"

namespace sild {
namespace streamed {

template <int TILES, int PARTS>
struct Sampler : State<TILES, PARTS> {
  using Base = State<TILES, PARTS>;
  using Base::layout, Base::rooms, Base::of, Base::vectors, Base::warp, Base::g, Base::t, Base::ROWS;

  __device__ __forceinline__ Sampler(const Trajectory& trajectory, const MlpLayout& mlp, const uint8_t* __restrict__ packed)
      : Base(trajectory, mlp, packed) {}

  /** Whether this warp has a pair in this pass. */
  __device__ __forceinline__ bool owns(int pass, int outputs) const { return pass * layout.warps + warp < layout.pairs(outputs); }

  /** The mean over row 16 m + g + 8 r of what all threads hold parts of: lanes of four, then warps in their order. */
  __device__ __forceinline__ void row_mean(float (&part)[TILES][2], float* sums) const {
#pragma unroll
    for (int m = 0; m < TILES; m++)
#pragma unroll
      for (int r = 0; r < 2; r++) {
        part[m][r] += __shfl_xor_sync(~0u, part[m][r], 1);
        part[m][r] += __shfl_xor_sync(~0u, part[m][r], 2);
        if (t == 0) sums[warp * ROWS + 16 * m + 8 * r + g] = part[m][r];
      }
    __syncthreads();
    float share = 1.0f / float(layout.width);
#pragma unroll
    for (int m = 0; m < TILES; m++)
#pragma unroll
      for (int r = 0; r < 2; r++) {
        part[m][r] = 0.0f;
#pragma unroll 1
        for (int w = 0; w < layout.warps; w++) part[m][r] += sums[w * ROWS + 16 * m + 8 * r + g];
        part[m][r] *= share;
      }
  }

  /** operand = norm(h) ∘ gain + shift, for all to read. Padded columns of h are 0 and take no part. */
  __device__ __forceinline__ void normalise(const Block (&h)[PASSES][TILES], const float* __restrict__ gain,
                                            const float* __restrict__ shift) const {
    float mean[TILES][2] = {}, rstd[TILES][2] = {};
#pragma unroll
    for (int p = 0; p < PASSES; p++)
#pragma unroll
      for (int m = 0; m < TILES; m++)
#pragma unroll
        for (int e = 0; e < 16; e++) mean[m][e / 2 % 2] += h[p][m][e / 4][e % 4];
    row_mean(mean, this->floats(rooms.sums));
#pragma unroll
    for (int p = 0; p < PASSES; p++)
#pragma unroll
      for (int j = 0; j < 4; j++)
        if (this->column(p) + 8 * j < layout.width)
#pragma unroll
          for (int m = 0; m < TILES; m++)
#pragma unroll
            for (int i = 0; i < 4; i++) {
              float d = h[p][m][j][i] - mean[m][i / 2];
              rstd[m][i / 2] = fma(d, d, rstd[m][i / 2]);
            }
    row_mean(rstd, this->floats(rooms.sums) + layout.warps * ROWS);
#pragma unroll
    for (int m = 0; m < TILES; m++)
#pragma unroll
      for (int r = 0; r < 2; r++) rstd[m][r] = 1.0f / square_root(rstd[m][r] + NORM_EPSILON);
#pragma unroll
    for (int p = 0; p < PASSES; p++)
#pragma unroll
      for (int j = 0; j < 4; j++) {
        int c = this->column(p) + 8 * j;
        if (c < layout.width) {
          float2 by = two(gain + c), to = two(shift + c);
#pragma unroll
          for (int m = 0; m < TILES; m++)
#pragma unroll
            for (int r = 0; r < 2; r++)
              this->put(0, rooms.stride, 16 * m + 8 * r + g, c, fma((h[p][m][j][2 * r] - mean[m][r]) * rstd[m][r], by.x, to.x),
                        fma((h[p][m][j][2 * r + 1] - mean[m][r]) * rstd[m][r], by.y, to.y));
        }
      }
    __syncthreads();
  }

  /** inner = SiLU(W_1 operand + b_1 + modulation), for all to read. */
  __device__ __forceinline__ void expand(const float* __restrict__ bias, const float* __restrict__ modulation) {
#pragma unroll
    for (int p = 0; p < PASSES; p++)
      if (owns(p, layout.width)) {
        Block u[TILES];
        this->template spread<false>(u, bias + this->column(p));
        this->multiply(u, 0, rooms.stride, layout.steps(layout.width));
#pragma unroll
        for (int j = 0; j < 4; j++) {
          int c = this->column(p) + 8 * j;
          if (c < layout.width) {
            float first = modulation[c], second = modulation[c + 1];
#pragma unroll
            for (int m = 0; m < TILES; m++)
#pragma unroll
              for (int r = 0; r < 2; r++)
                this->put(rooms.inner, rooms.stride, 16 * m + 8 * r + g, c, fast_silu<PARTS>(u[m][j][2 * r] + first),
                          fast_silu<PARTS>(u[m][j][2 * r + 1] + second));
          }
        }
      }
    __syncthreads();
  }

  /** F = network(input), for all to read, in the place of `inner`. */
  __device__ __forceinline__ void network(const float* __restrict__ modulation) {
    int wide = 32 * layout.pairs(layout.width), narrow = 32 * layout.pairs(layout.latent), steps = layout.steps(layout.width);
    Block h[PASSES][TILES] = {};
#pragma unroll
    for (int p = 0; p < PASSES; p++)
      if (owns(p, layout.width)) {
        this->template spread<false>(h[p], vectors + this->column(p));
        this->multiply(h[p], rooms.input, rooms.narrow, layout.steps(layout.latent));
      }
    const float* at = vectors + layout.vectors(1);
#pragma unroll 1
    for (int l = 0; l < layout.blocks; l++, at += 6 * wide, modulation += layout.width) {
      normalise(h, at + wide, at + 2 * wide);
      expand(at, modulation);
#pragma unroll
      for (int p = 0; p < PASSES; p++)
        if (owns(p, layout.width)) {
          this->template spread<true>(h[p], at + 3 * wide + this->column(p));
          this->multiply(h[p], rooms.inner, rooms.stride, steps);
        }
    }
    normalise(h, at + narrow, at + narrow + wide);
#pragma unroll 1
    for (int p = 0; p < PASSES; p++)
      if (owns(p, layout.latent)) {
        Block F[TILES];
        this->template spread<false>(F, at + this->column(p));
        this->multiply(F, 0, rooms.stride, steps);
#pragma unroll
        for (int e = 0; e < 16; e++)
#pragma unroll
          for (int m = 0; m < TILES; m++)
            this->floats(rooms.inner)[(16 * m + e / 2 % 2 * 8 + g) * rooms.columns + this->column(p) + e / 4 * 8 + e % 2] =
                F[m][e / 4][e % 4];
      }
    __syncthreads();
  }

  __device__ __forceinline__ void sample() {
    this->begin();
#pragma unroll 1
    for (int e = 0; e < of.evaluations; e++) {
      network(of.modulation + int64_t(e) * layout.blocks * layout.width);
      this->update(e);
    }
    this->finish();
    await_copies<0>();  // the ribbon ran ahead
  }
};

}  // namespace streamed
}  // namespace sild
