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

/** What two coarse pixels have in common with their fine ones: where they lie. A plane's rows follow those of the plane before. */
struct Place {
  int64_t coarse, coarse_end;  // (planes · height, width): the pair, and the end of its row
  int64_t fine[2], fine_end[2];
  bool whole;

  SILD_DEVICE Place(int64_t row, int64_t column, int64_t width, bool whole) : whole(whole) {
    coarse = row * width + column;
    coarse_end = (row + 1) * width;
#pragma unroll
    for (int u = 0; u < 2; u++) {
      fine[u] = 2 * (2 * row + u) * width + 2 * column;
      fine_end[u] = 2 * (2 * row + u + 1) * width;
    }
  }
};

SILD_DEVICE void up(float* y, const float* __restrict__ x, const Place& at, float scale, bool add) {
  float2 pair;
  if (at.whole)
    pair = __ldg(reinterpret_cast<const float2*>(x + at.coarse));
  else
    pair = {__ldg(x + at.coarse), at.coarse + 1 < at.coarse_end ? __ldg(x + at.coarse + 1) : 0.0f};
  const float4 twice = {pair.x, pair.x, pair.y, pair.y};
#pragma unroll
  for (int u = 0; u < 2; u++) {
    float4 quad = each([=](float v) { return scale * v; }, twice);
    if (add)
      quad = each([=](float v, float y) { return fma(scale, v, y); }, twice, fetch_own(y, at.fine[u], at.fine_end[u], at.whole));
    put(y, at.fine[u], at.fine_end[u], at.whole, quad);
  }
}

SILD_DEVICE void down(float* y, const float* __restrict__ x, const Place& at, float scale, bool add) {
  const float4 above = fetch(x, at.fine[0], at.fine_end[0], at.whole), below = fetch(x, at.fine[1], at.fine_end[1], at.whole);
  const float first = mean4(above.x, above.y, below.x, below.y), second = mean4(above.z, above.w, below.z, below.w);
  float* to = y + at.coarse;
  if (at.whole) {
    float2* pair = reinterpret_cast<float2*>(to);
    *pair = add ? float2{fma(scale, first, pair->x), fma(scale, second, pair->y)} : float2{scale * first, scale * second};
  } else {
    to[0] = add ? fma(scale, first, to[0]) : scale * first;
    if (at.coarse + 1 < at.coarse_end) to[1] = add ? fma(scale, second, to[1]) : scale * second;
  }
}

// height, width: of x. With Q = ⌈W/2⌉, W columns of a coarse plane: block (T, Y), T = ⌈Q / ⌈Q/256⌉⌉, Y = ⌊256/T⌋;
// grid (any, ⌈Q/T⌉).
extern "C" __global__ void __launch_bounds__(256)
    sild_resample(float* y, const float* __restrict__ x, int64_t planes, int64_t height, int64_t width, int kind, float scale,
                  int add) {
  const int64_t rows = planes * (kind == UP ? height : height / 2), columns = kind == UP ? width : width / 2;  // coarse
  const int64_t column = 2 * tile_column();
  if (column >= columns) return;
  const float *coarse = kind == UP ? x : y, *fine = kind == UP ? y : x;
  const bool whole = columns % 2 == 0 && reinterpret_cast<uintptr_t>(coarse) % 8 == 0 && wide(fine);
  for (int64_t row = tile_row(); row < rows; row += tile_stride()) {
    const Place at(row, column, columns, whole);
    if (kind == UP)
      up(y, x, at, scale, add);
    else
      down(y, x, at, scale, add);
  }
}

}  // namespace sild
