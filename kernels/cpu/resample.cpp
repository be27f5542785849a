// kernels/cpu/resample.cpp — a row of the coarse planes and the two rows of the fine ones that belong to it, at a time.
#include "../maths/resample.h"

#include "runtime/stream.h"

using namespace sild;

namespace {

void up(float* __restrict__ y, const float* __restrict__ x, int64_t width, float scale, bool add) {
  if (add)
    for (int64_t j = 0; j < width; j++) y[2 * j] = fma(scale, x[j], y[2 * j]), y[2 * j + 1] = fma(scale, x[j], y[2 * j + 1]);
  else
    for (int64_t j = 0; j < width; j++) y[2 * j] = y[2 * j + 1] = scale * x[j];
}

void down(float* __restrict__ y, const float* __restrict__ x, int64_t width, float scale, bool add) {
  const float* __restrict__ below = x + 2 * width;
  auto mean = [=](int64_t j) { return mean4(x[2 * j], x[2 * j + 1], below[2 * j], below[2 * j + 1]); };
  if (add)
    for (int64_t j = 0; j < width; j++) y[j] = fma(scale, mean(j), y[j]);
  else
    for (int64_t j = 0; j < width; j++) y[j] = scale * mean(j);
}

}  // namespace

extern "C" SILD_OP(sild_resample)(float* y, const float* x, int64_t planes, int64_t height, int64_t width, int kind, float scale,
                                  int add, sild_stream* stream) {
  if (kind != UP && (kind != DOWN || height % 2 != 0 || width % 2 != 0)) return SILD_BAD_ARGUMENT;
  int64_t rows = planes * (kind == UP ? height : height / 2), columns = kind == UP ? width : width / 2;  // of the coarse planes
  parallel_rows(stream, rows, 5 * columns, [=](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; row++)
      if (kind == DOWN)
        down(y + row * columns, x + 4 * row * columns, columns, scale, add);
      else
        for (int64_t half = 0; half < 2; half++)
          up(y + (4 * row + 2 * half) * columns, x + row * columns, columns, scale, add);
  });
  return SILD_OK;
}
