// kernels/cuda/runtime/mlp_layout.cuh — how the weights of the latent network lie in memory once they are packed.
//
//   vectors     f32, a layer after the other: bias (⌈N⌉32), gain (⌈K⌉32), shift (⌈K⌉32), padded with zeros
//   ribbons     bf16, one a warp: the fragments that this warp will consume, in the order in which it does
//
// mma.sync wants of a 16 × 8 piece of wᵀ (16 inputs, 8 outputs) that lane 4g + t hold inputs 2t, 2t + 1, 2t + 8, 2t + 9 of output
// g. The network does not change while a trajectory runs, so this permutation is done once, when it is packed, and not by ldmatrix
// at every use. A *stage* is 16 inputs by 32 outputs, 1 KB: two halves of 16 outputs, in each of which a lane's 16 bytes stand
// together. Reading it is one 128-bit load a lane and half, without bank conflicts and without an address to compute: a warp walks along its
// ribbon. As bf16x3 a stage is followed by another one: what rounding to bf16 left, rounded in turn.
//
//   layer      0: W_in    1 + 2l, 2 + 2l: W_1, W_2 of block l    1 + 2L: W_out
//   pair       32 outputs of a layer; pair p belongs to warp p mod `warps`
//   ribbon     for each layer, for each pair of this warp, for each 16 inputs: a stage
#pragma once

#include "../../maths/mlp_sampler.h"

namespace sild {

constexpr int STAGE_BYTES = 1024;

struct MlpLayout {
  int latent, width, blocks;
  int warps;  // that share the outputs of a layer
  int parts;  // 1: bf16, 2: bf16x3

  SILD_FN static int pairs(int outputs) { return (outputs + 31) / 32; }
  SILD_FN static int steps(int inputs) { return (inputs + 15) / 16; }

  SILD_FN int outputs(int layer) const { return layer == 1 + 2 * blocks ? latent : width; }
  SILD_FN int inputs(int layer) const { return layer == 0 ? latent : width; }

  /** Floats before the vectors of a layer. */
  SILD_FN int vectors(int layer) const {
    int wide = 32 * pairs(width), narrow = 32 * pairs(latent);
    return layer == 0 ? 0 : wide + 2 * narrow + (layer - 1) * 3 * wide;
  }

  SILD_FN int vector_floats() const { return vectors(1 + 2 * blocks) + 32 * pairs(latent) + 64 * pairs(width); }

  /** Pairs of a layer that belong to one warp. */
  SILD_FN int owned(int outputs, int warp) const { return (pairs(outputs) - warp + warps - 1) / warps; }

  /** Stages of a ribbon before its part of a layer. */
  SILD_FN int stages(int layer, int warp) const {
    return layer == 0 ? 0 : owned(width, warp) * (steps(latent) + (layer - 1) * steps(width));
  }

  SILD_FN int stages(int warp) const { return stages(1 + 2 * blocks, warp) + owned(latent, warp) * steps(width); }

  /** Stages of the ribbons before that of a warp. */
  SILD_FN int ribbon(int warp) const {
    int before = 0;
#pragma unroll 1
    for (int w = 0; w < warp; w++) before += stages(w);
    return before;
  }

  /** Bytes before a stage of a ribbon. */
  SILD_FN int64_t at(int warp, int stage) const {
    return 4 * int64_t(vector_floats()) + int64_t(ribbon(warp) + stage) * STAGE_BYTES * parts;
  }
};

}  // namespace sild
