// kernels/cpu/runtime/pack.h — operands of a product, laid out in the order in which tiles read them.
//
// Both operands are seen as lines along k: rows of a, columns of b.
//   rows:   unit u of line i at [i · stride + u]          what a tile broadcasts from, or loads as a tile
//   panel:  unit u of line j at [u · stride + j]          what a tile loads as vectors
// Lines and units are filled up with zeros to multiples of SIDE.
#pragma once

#include <algorithm>

#include "transpose.h"

namespace sild {
namespace {

/** An operand as it lies in memory: element k of line i at data[i · line + k · depth]; one of the two steps is 1. */
struct Matrix {
  const float* data;
  int64_t line, depth;

  Matrix from(int64_t i, int64_t k) const { return {data + i * line + k * depth, line, depth}; }
};

inline int64_t whole(int64_t n, int64_t grain) { return (n + grain - 1) / grain * grain; }

/** x[0 … size), zeros from `valid` on. */
struct Padded {
  float x[2 * SIDE] = {};

  Padded(const float* from, int64_t valid) {
    if (from) std::copy(from, from + std::min<int64_t>(valid, 2 * SIDE), x);
  }
};

/** The lines lie along k: block[line][unit]. */
template <class Format>
inline void fetch_along(Unit (&block)[SIDE][SIDE], Matrix m, int64_t lines, int64_t depth, int part) {
  for (int i = 0; i < SIDE; i++)
    if (i < lines && depth >= SIDE * Format::K)
      Format::along(block[i], m.data + i * m.line, part);
    else
      Format::along(block[i], Padded(i < lines ? m.data + i * m.line : nullptr, depth).x, part);
}

/** The lines lie side by side: block[unit][line]. */
template <class Format>
inline void fetch_across(Unit (&block)[SIDE][SIDE], Matrix m, int64_t lines, int64_t depth, int part) {
  for (int u = 0; u < SIDE; u++) {
    int64_t k = u * Format::K;
    const float *even = k < depth ? m.data + k * m.depth : nullptr, *odd = k + 1 < depth ? m.data + (k + 1) * m.depth : nullptr;
    if (lines >= SIDE && even && odd)
      Format::across(block[u], even, odd, part);
    else
      Format::across(block[u], Padded(even, lines).x, Padded(odd, lines).x, part);
  }
}

enum class Layout { ROWS, PANEL };

/** Packs lines × depth of m; part 1 is what rounding to part 0 left over. */
template <class Format, Layout layout>
inline void pack(Unit* to, int64_t stride, Matrix m, int64_t lines, int64_t depth, int part) {
  bool along = m.depth == 1;
  for (int64_t i = 0; i < lines; i += SIDE)
    for (int64_t u = 0; u * Format::K < depth; u += SIDE) {
      alignas(64) Unit block[SIDE][SIDE];
      Matrix from = m.from(i, u * Format::K);
      if (along)
        fetch_along<Format>(block, from, lines - i, depth - u * Format::K, part);
      else
        fetch_across<Format>(block, from, lines - i, depth - u * Format::K, part);
      Unit* at = to + (layout == Layout::ROWS ? i * stride + u : u * stride + i);
      if (along == (layout == Layout::PANEL))
        transpose(at, stride, block);
      else
        for (int s = 0; s < SIDE; s++) std::copy(block[s], block[s] + SIDE, at + s * stride);
    }
}

}  // namespace
}  // namespace sild
