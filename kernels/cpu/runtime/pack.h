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
inline void fetch_along(Units (&block)[SIDE], Matrix m, int64_t lines, int64_t depth, int part) {
  if (lines >= SIDE && depth >= SIDE * Format::K)
    for (int i = 0; i < SIDE; i++) block[i] = Format::along(m.data + i * m.line, part);
  else
    for (int i = 0; i < SIDE; i++) block[i] = Format::along(Padded(i < lines ? m.data + i * m.line : nullptr, depth).x, part);
}

/** The lines lie side by side: block[unit][line]. */
template <class Format>
inline void fetch_across(Units (&block)[SIDE], Matrix m, int64_t lines, int64_t depth, int part) {
  constexpr int K = Format::K;
  if (lines >= SIDE && depth >= SIDE * K) {
    for (int u = 0; u < SIDE; u++)
      block[u] = Format::across(m.data + u * K * m.depth, m.data + (u * K + K - 1) * m.depth, part);
    return;
  }
  for (int u = 0; u < SIDE; u++) {
    int64_t k = u * K;
    const float *even = k < depth ? m.data + k * m.depth : nullptr, *odd = k + 1 < depth ? m.data + (k + 1) * m.depth : nullptr;
    block[u] = Format::across(Padded(even, lines).x, Padded(odd, lines).x, part);
  }
}

enum class Layout { ROWS, PANEL };

/** SIDE lines × SIDE units of m from line i and unit u on. */
template <class Format, Layout layout>
inline void pack_block(Unit* to, int64_t stride, Matrix m, int64_t i, int64_t u, int64_t lines, int64_t depth, int part) {
  const bool along = m.depth == 1;
  const Matrix from = m.from(i, u * Format::K);
  Units block[SIDE];
  if (along)
    fetch_along<Format>(block, from, lines - i, depth - u * Format::K, part);
  else
    fetch_across<Format>(block, from, lines - i, depth - u * Format::K, part);
  if (along == (layout == Layout::PANEL)) transpose(block);
  Unit* at = to + (layout == Layout::ROWS ? i * stride + u : u * stride + i);
  for (int s = 0; s < SIDE; s++) store(at + s * stride, block[s]);
}

/** Packs lines × depth of m, in the order in which it lies in memory; part 1 is what rounding to part 0 left over. */
template <class Format, Layout layout>
inline void pack(Unit* to, int64_t stride, Matrix m, int64_t lines, int64_t depth, int part) {
  constexpr int64_t K = Format::K;
  if (m.depth == 1)
    for (int64_t i = 0; i < lines; i += SIDE)
      for (int64_t u = 0; u * K < depth; u += SIDE) pack_block<Format, layout>(to, stride, m, i, u, lines, depth, part);
  else
    for (int64_t u = 0; u * K < depth; u += SIDE)
      for (int64_t i = 0; i < lines; i += SIDE) pack_block<Format, layout>(to, stride, m, i, u, lines, depth, part);
}

}  // namespace
}  // namespace sild
