// kernels/cuda/runtime/noise.cuh — the normals of one quad of a sample: one Philox block.
#pragma once

#include "../../maths/normal.h"
#include "quads.cuh"

namespace sild {

/** Standard normals of elements 4·block … 4·block + 3: the bits that the CPU device draws. */
SILD_DEVICE float4 noise(Key key, int64_t block, uint64_t sample, uint32_t step) {
  Normals n = normals(draw(key, uint32_t(block), sample, step));
  return {n.x, n.y, n.z, n.w};
}

}  // namespace sild
