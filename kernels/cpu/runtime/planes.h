// kernels/cpu/runtime/planes.h — images and turned windows of weights as operands and outputs of a product.
#pragma once

#include "product.h"

namespace sild {
namespace {

/** Packs an operand that lies in memory in pieces: m.read(to, i, k, n) copies the elements k … k + n − 1 of line i. */
template <class Format, Layout layout, class Pieces>
inline void pack_pieces(Unit* to, int64_t stride, const Pieces& m, int64_t lines, int64_t depth, int part) {
  constexpr int64_t RUN = SIDE * Format::K;
  for (int64_t u = 0; u * Format::K < depth; u += SIDE)
    for (int64_t i = 0; i < lines; i += SIDE) {
      const int64_t k = u * Format::K, n = std::min(RUN, depth - k), tall = std::min<int64_t>(SIDE, lines - i);
      float block[SIDE * RUN];
      for (int64_t l = 0; l < tall; l++) m.read(block + l * RUN, i + l, k, n);
      Unit* at = to + (layout == Layout::ROWS ? i * stride + u : u * stride + i);
      pack_block<Format, layout>(at, stride, {block, RUN, 1}, 0, 0, tall, n, part);
    }
}

/** Element n = (b, pixel) of line c is x[b, c, pixel]: (B, C, pixels). */
struct ChannelLines {
  const float* x;
  int64_t C, pixels, line = 0, depth = 0;

  ChannelLines from(int64_t i, int64_t k) const { return {x, C, pixels, line + i, depth + k}; }

  void read(float* to, int64_t i, int64_t k, int64_t n) const {
    for (int64_t b = (depth + k) / pixels, at = (depth + k) % pixels; n > 0; b++, at = 0) {
      const float* from = x + (b * C + line + i) * pixels + at;
      int64_t run = std::min(n, pixels - at);
      to = std::copy(from, from + run, to);
      n -= run;
    }
  }
};

template <class Format, Layout layout>
inline void pack(Unit* to, int64_t stride, ChannelLines m, int64_t lines, int64_t depth, int part) {
  const int64_t at = m.depth % m.pixels;
  if (at + depth <= m.pixels)  // all of it in one image
    pack<Format, layout>(to, stride, Matrix{m.x + (m.depth / m.pixels * m.C + m.line) * m.pixels + at, m.pixels, 1}, lines, depth, part);
  else
    pack_pieces<Format, layout>(to, stride, m, lines, depth, part);
}

/** Element (k, r, s) of line c is w[k, c, R − 1 − r, S − 1 − s]: w: (K, C, window), all windows turned round. */
struct TurnedWeights {
  const float* w;
  int64_t C, window, line = 0, depth = 0;

  TurnedWeights from(int64_t i, int64_t k) const { return {w, C, window, line + i, depth + k}; }

  void read(float* to, int64_t i, int64_t k, int64_t n) const {
    int64_t tap = (depth + k) % window;
    const float* last = w + ((depth + k) / window * C + line + i + 1) * window - 1;
    for (int64_t j = 0; j < n; j++) {
      to[j] = last[-tap];
      if (++tap == window) tap = 0, last += C * window;
    }
  }
};

template <class Format, Layout layout>
inline void pack(Unit* to, int64_t stride, TurnedWeights m, int64_t lines, int64_t depth, int part) {
  pack_pieces<Format, layout>(to, stride, m, lines, depth, part);
}

/** A product's output: column n = (b, pixel) of row i is c[b, i, pixel]. */
struct Planes {
  float* c;
  int64_t C, N;  // channels, pixels

  int64_t index(int64_t i, int64_t n) const { return (n / N * C + i) * N + n % N; }
  int64_t run(int64_t n, int64_t width) const { return std::min(width, N - n % N); }
};

}  // namespace
}  // namespace sild
