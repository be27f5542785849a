// kernels/cpu/runtime/window_gradient.h — the gradient of a convolution's weights as a product, dwᵀ = windowsᵀ dy.
//
// Rows are taps (c, r, s), columns channels of y, and the sum runs over the outputs of all images. A thread packs some outputs'
// dy into its cache and then lets its strips of taps pass by, each packed when its turn comes.
#pragma once

#include "planes.h"
#include "windows.h"

namespace sild {
namespace {

/** dw (K, C, R, S) in one format. */
template <class Format>
class WeightGradient {
 public:
  WeightGradient(float* dw, const float* dy, const Windows& x, int64_t K, sild_stream* stream)
      : stream(stream), dw(dw), x(x), dy{dy, K, x.P * x.Q}, K(K) {
    strips = (x.taps() + ROWS - 1) / ROWS, panels = (K + COLUMNS - 1) / COLUMNS;
    const int64_t most = std::max<int64_t>(1, int64_t(sild_stream::SCRATCH_FLOATS) / (panels * TILE));  // strips whose sums fit
    pass = std::min(strips, most);
    const int64_t outputs = x.outputs(), enough = (256 + pass - 1) / pass;
    parts = std::max<int64_t>(1, std::min({enough, outputs / 2048, most / pass}));
    part = whole((outputs + parts - 1) / parts, SIDE * Format::K);
  }

  /** What one member of the team does of it: some strips of rows in some parts of the outputs. */
  void work(int member, int members) const {
    typename Tile<Format>::Registers registers;
    for (int64_t first = 0; first < strips; first += pass) {
      const int64_t height = std::min(pass, strips - first);
      Range mine = share(parts * height, 1, member, members);
      for (int64_t p = mine.begin / height; p * height < mine.end; p++)
        add_part(p, first, {std::max(mine.begin - p * height, int64_t(0)), std::min(mine.end - p * height, height)}, member);
      stream->team->meet(members);
      Range rows = share(height, 1, member, members);
      for (int64_t i = rows.begin; i < rows.end; i++) finish(first, i);
      if (first + pass < strips) stream->team->meet(members);
    }
  }

 private:
  static constexpr int64_t ROWS = Format::ROWS, COLUMNS = Format::COLUMNS, TILE = ROWS * COLUMNS;
  static constexpr int64_t DEEP = 512;                 // units of a block of outputs
  static constexpr int64_t ROOM = DEEP / Format::PARTS, OUTPUTS = ROOM * Format::K;
  static constexpr int64_t STRIP = ROWS * (ROOM + SKEW), PANEL = COLUMNS * ROOM;
  static constexpr int64_t ABREAST = (int64_t(sild_stream::OWN_FLOATS) - STRIP * Format::PARTS) / (PANEL * Format::PARTS);
  static_assert(OUTPUTS <= Places::MOST, "");

  float* sums(int64_t p, int64_t i, int64_t j) const { return stream->scratch + ((p * pass + i) * panels + j) * TILE; }

  /** Adds up the outputs of a part for strips first + those in range. */
  void add_part(int64_t p, int64_t first, Range range, int member) const {
    Unit* strip = reinterpret_cast<Unit*>(stream->own(member));
    Unit* panel = strip + STRIP * Format::PARTS;
    const int64_t end = std::min((p + 1) * part, x.outputs());
    for (int64_t n = p * part; n < end; n += OUTPUTS) {
      const int64_t depth = std::min(OUTPUTS, end - n), units = whole((depth + Format::K - 1) / Format::K, Format::GRAIN);
      const Places places(x, n, depth);
      for (int64_t j = 0; j < panels; j += ABREAST) {
        const int64_t some = std::min(ABREAST, panels - j);
        for (int64_t q = 0; q < some; q++)
          for (int h = 0; h < Format::PARTS; h++)
            pack<Format, Layout::PANEL>(panel + (q * Format::PARTS + h) * PANEL, COLUMNS, dy.from((j + q) * COLUMNS, n),
                                        std::min(COLUMNS, K - (j + q) * COLUMNS), depth, h);
        for (int64_t i = range.begin; i < range.end; i++) {
          const int64_t tap = (first + i) * ROWS, tall = std::min(ROWS, x.taps() - tap);
          for (int h = 0; h < Format::PARTS; h++) pack_taps<Format>(strip + h * STRIP, ROOM + SKEW, places, Tap(x, tap), tall, h);
          for (int64_t q = 0; q < some; q++)
            add_tile(sums(p, i, j + q), {strip, ROOM + SKEW, STRIP}, tall, {panel + q * Format::PARTS * PANEL, COLUMNS, PANEL},
                     std::min(COLUMNS, K - (j + q) * COLUMNS), units, n == p * part);
        }
      }
    }
  }

  static void add_tile(float* __restrict__ to, Rows left, int64_t tall, Panel right, int64_t wide, int64_t units, bool first) {
    if (first) return multiply_tile<Format>(to, COLUMNS, left, tall, right, wide, units);
    alignas(64) float more[TILE];
    multiply_tile<Format>(more, COLUMNS, left, tall, right, wide, units);
    for (int64_t i = 0; i < tall * COLUMNS; i++) to[i] += more[i];
  }

  /** dw of strip first + i: the sums of all parts, in their order. */
  void finish(int64_t first, int64_t i) const {
    const int64_t tap = (first + i) * ROWS, tall = std::min(ROWS, x.taps() - tap);
    for (int64_t j = 0; j < panels; j++) {
      float* __restrict__ sum = sums(0, i, j);
      for (int64_t p = 1; p < parts; p++)
        for (int64_t at = 0; at < tall * COLUMNS; at++) sum[at] += sums(p, i, j)[at];
      for (int64_t k = j * COLUMNS; k < std::min(K, (j + 1) * COLUMNS); k++)
        for (int64_t r = 0; r < tall; r++) dw[k * x.taps() + tap + r] = sum[r * COLUMNS + k - j * COLUMNS];
    }
  }

  sild_stream* stream;
  float* dw;
  Windows x;
  ChannelLines dy;
  int64_t K, strips, panels;
  int64_t pass, parts, part;  // strips at a time; so many parts of the outputs; so many outputs to each
};

}  // namespace
}  // namespace sild
