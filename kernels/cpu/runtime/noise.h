// kernels/cpu/runtime/noise.h — a run of normals, as vectors.
#pragma once

#include "../../maths/normal.h"

namespace sild {
namespace {

constexpr int NOISE_CHUNK = 256;  // elements; small enough for the stack and the first cache

/** normals[e] = the normal of element first + e, e < n; first a multiple of 4, room for n filled up to a multiple of 4. */
inline void fill_normals(float* __restrict__ out, Key key, int64_t first, int64_t n, uint64_t sample, uint32_t step) {
  uint32_t block = uint32_t(first / 4), blocks = uint32_t((n + 3) / 4);
  for (uint32_t j = 0; j < blocks; j++) {
    Normals n = normals(draw(key, block + j, sample, step));
    out[4 * j] = n.x;
    out[4 * j + 1] = n.y;
    out[4 * j + 2] = n.z;
    out[4 * j + 3] = n.w;
  }
}

}  // namespace
}  // namespace sild
