// kernels/cuda/resample.cu — between planes and planes of twice their height and width.
//
//   x, y: planes of (height, width) and of (2 height, 2 width), whichever way
//
// A coarse pixel and its four fine ones cost 20 bytes, 6.0 ps on an H100 (3.35 TB/s); where y is added to, 36 (UP) or 24 (DOWN).
// A thread has two neighbours of a coarse row and the 2 × 4 fine pixels that belong to them: coarse rows travel by 64 bits and
// fine ones by 128, so that either way a warp fills whole sectors with each access. Bound by memory.
#include "../maths/resample.h"

#include "runtime/tile.cuh"

namespace sild {

/**
 * Two neighbours of a coarse row and their fine pixels: where they lie. The rows of all planes follow one another. WHOLE: all are
 * there, and aligned for one access; else the second may be missing, at the end of an odd row.
 */
template <bool WHOLE>
struct Place {
  int64_t coarse, fine[2];
  bool both;

  SILD_DEVICE Place(int64_t row, int64_t column, int64_t width) : both(column + 1 < width) {
    coarse = row * width + column;
    fine[0] = 4 * row * width + 2 * column;
    fine[1] = fine[0] + 2 * width;
  }

  SILD_DEVICE float2 pair(const float* x) const {
    x += coarse;
    if (WHOLE) return *reinterpret_cast<const float2*>(x);
    return {x[0], both ? x[1] : 0.0f};
  }

  SILD_DEVICE void put(float* y, float2 pair) const {
    y += coarse;
    if (WHOLE) {
      *reinterpret_cast<float2*>(y) = pair;
    } else {
      y[0] = pair.x;
      if (both) y[1] = pair.y;
    }
  }

  SILD_DEVICE float4 quad(const float* x, int u) const {
    x += fine[u];
    if (WHOLE) return *reinterpret_cast<const float4*>(x);
    return {x[0], x[1], both ? x[2] : 0.0f, both ? x[3] : 0.0f};
  }

  SILD_DEVICE void put(float* y, int u, float4 quad) const {
    y += fine[u];
    if (WHOLE) {
      *reinterpret_cast<float4*>(y) = quad;
    } else {
      y[0] = quad.x, y[1] = quad.y;
      if (both) y[2] = quad.z, y[3] = quad.w;
    }
  }
};

template <class At>
SILD_DEVICE void up(float* y, const float* x, const At& at, float scale, bool add) {
  const float2 pixel = at.pair(x);
  const float4 twice = {pixel.x, pixel.x, pixel.y, pixel.y};
#pragma unroll
  for (int u = 0; u < 2; u++)
    at.put(y, u, add ? each([=](float v, float y) { return fma(scale, v, y); }, twice, at.quad(y, u))
                     : each([=](float v) { return scale * v; }, twice));
}

template <class At>
SILD_DEVICE void down(float* y, const float* x, const At& at, float scale, bool add) {
  const float4 above = at.quad(x, 0), below = at.quad(x, 1);
  const float2 mean = {mean4(above.x, above.y, below.x, below.y), mean4(above.z, above.w, below.z, below.w)};
  float2 pair = {scale * mean.x, scale * mean.y};
  if (add) {
    const float2 old = at.pair(y);
    pair = {fma(scale, mean.x, old.x), fma(scale, mean.y, old.y)};
  }
  at.put(y, pair);
}

template <bool WHOLE>
SILD_DEVICE void resample(float* y, const float* x, int64_t rows, int64_t width, int kind, float scale, bool add) {
  const int64_t column = 2 * tile_column();
  if (column >= width) return;
#pragma unroll 1
  for (int64_t row = tile_row(); row < rows; row += tile_stride()) {
    const Place<WHOLE> at(row, column, width);
    if (kind == UP)
      up(y, x, at, scale, add);
    else
      down(y, x, at, scale, add);
  }
}

// height, width: of x. With Q = ⌈W/2⌉, W columns of a coarse plane: block (T, Y), T = ⌈Q / ⌈Q/256⌉⌉, Y = ⌊256/T⌋;
// grid (any, ⌈Q/T⌉).
extern "C" __global__ void __launch_bounds__(256)
    sild_resample(float* __restrict__ y, const float* __restrict__ x, int64_t planes, int64_t height, int64_t width, int kind,
                  float scale, int add) {
  const int64_t rows = planes * (kind == UP ? height : height / 2), columns = kind == UP ? width : width / 2;  // coarse
  const float *coarse = kind == UP ? x : y, *fine = kind == UP ? y : x;
  // Two loops: within one, the compiler would merge single accesses with wide ones, and take those apart.
  if (columns % 2 == 0 && reinterpret_cast<uintptr_t>(coarse) % 8 == 0 && wide(fine))
    resample<true>(y, x, rows, columns, kind, scale, add);
  else
    resample<false>(y, x, rows, columns, kind, scale, add);
}

}  // namespace sild
