// kernels/cpu/runtime/tile.h — the inner loop of every product: one tile of sums, over packed operands.
#pragma once

#include "pack.h"

namespace sild {
namespace {

/** Rows of a: unit u of row i at data[i · stride + u], what rounding left over `low` units further on. */
struct Rows {
  const Unit* data;
  int64_t stride, low;
};

/** Columns of b: unit u of column j at data[u · stride + j]. */
struct Panel {
  const Unit* data;
  int64_t stride, low;
};

/**
 * sums[i][j] = Σ_u a_i b_j over `units` units; blocks · SIDE columns, rows `pitch` apart. Two, four or MR rows are computed,
 * those from `height` on from the last valid one, and nobody looks at them.
 */
template <class Format>
struct Tile {
  struct Registers {
    Registers() {}  // nothing to set up
  };

  template <int blocks>
  static void multiply(float* sums, int64_t pitch, Rows a, int64_t height, Panel b, int64_t units) {
    if (height <= 2)
      few<blocks, 2>(sums, pitch, a, height, b, units);
    else if (height <= 4)
      few<blocks, std::min(4, MR)>(sums, pitch, a, height, b, units);
    else
      few<blocks, MR>(sums, pitch, a, height, b, units);
  }

 private:
  /** A function by itself: inlined, what else is alive would take registers from the accumulators. */
  template <int blocks, int rows>
  __attribute__((noinline)) static void few(float* sums, int64_t pitch, Rows a, int64_t height, Panel b, int64_t units) {
    constexpr int vectors = blocks * SIDE / LANES;
    const float* row[rows];
    for (int i = 0; i < rows; i++) row[i] = reinterpret_cast<const float*>(a.data + std::min<int64_t>(i, height - 1) * a.stride);
    const float* column = reinterpret_cast<const float*>(b.data);
    Vector sum[rows][vectors];
    for (int i = 0; i < rows; i++)
      for (int j = 0; j < vectors; j++) sum[i][j] = broadcast(0.0f);
    for (int64_t u = 0; u < units; u++, column += b.stride) {
      Vector right[vectors];
      for (int j = 0; j < vectors; j++) right[j] = load(column + j * LANES);
      for (int i = 0; i < rows; i++) {
        Vector left = broadcast(row[i][u]);
        for (int j = 0; j < vectors; j++) sum[i][j] = Format::dot(left, right[j], sum[i][j]);
      }
    }
    for (int i = 0; i < rows; i++)
      for (int j = 0; j < vectors; j++) store(sums + i * pitch + j * LANES, sum[i][j]);
  }
};

#if defined(__AMX_BF16__)
/** Eight tiles of 16 rows of 64 bytes, while it lives. A thread without them is cheaper to switch to. */
struct TileRegisters {
  TileRegisters() {
    struct alignas(64) {
      uint8_t palette = 1, start = 0, reserved[14] = {};
      uint16_t bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
      uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
    } shape;
    asm volatile("" ::"r"(&shape) : "memory");  // the intrinsic names the first eight bytes only
    _tile_loadconfig(&shape);
  }
  ~TileRegisters() { _tile_release(); }
};

/** 32 rows × 32 columns in four accumulators. The rows of a beyond `height` are there, whatever stands in them. */
template <class Format>
struct AmxTile {
  using Registers = TileRegisters;

  template <int blocks>
  static void multiply(float* sums, int64_t pitch, Rows a, int64_t, Panel b, int64_t units) {
    const int64_t row = a.stride * int64_t(sizeof(Unit)), column = b.stride * int64_t(sizeof(Unit));
    auto load_rows = [&](const Unit* from) {
      _tile_loadd(4, from, row);
      _tile_loadd(5, from + SIDE * a.stride, row);
    };
    auto load_columns = [&](const Unit* from) {
      _tile_loadd(6, from, column);
      if (blocks == 2) _tile_loadd(7, from + SIDE, column);
    };
    auto products = [] {
      _tile_dpbf16ps(0, 4, 6);
      _tile_dpbf16ps(2, 5, 6);
      if (blocks == 2) _tile_dpbf16ps(1, 4, 7);
      if (blocks == 2) _tile_dpbf16ps(3, 5, 7);
    };
    asm volatile("" ::: "memory");  // what the loads read is written: their intrinsics do not say that they read
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    const Unit *left = a.data, *right = b.data;
    for (int64_t u = 0; u < units; u += SIDE, left += SIDE, right += SIDE * b.stride) {
      load_rows(left);
      if (Format::PARTS == 2) {  // the small products first, as the other devices do
        load_columns(right + b.low);
        products();
        load_columns(right);
        load_rows(left + a.low);
        products();
        load_rows(left);
      } else {
        load_columns(right);
      }
      products();
    }
    const int64_t bytes = pitch * int64_t(sizeof(float));
    _tile_stored(0, sums, bytes);
    _tile_stored(2, sums + SIDE * pitch, bytes);
    if (blocks == 2) {
      _tile_stored(1, sums + SIDE, bytes);
      _tile_stored(3, sums + SIDE * pitch + SIDE, bytes);
    }
    asm volatile("" ::: "memory");
  }
};

template <>
struct Tile<Tiles> : AmxTile<Tiles> {};
template <>
struct Tile<Split> : AmxTile<Split> {};
#endif

/** The sums of one tile, the panel `columns` wide. All ROWS × COLUMNS of sums may be written. */
template <class Format>
inline void multiply_tile(float* sums, int64_t pitch, Rows a, int64_t height, Panel b, int64_t columns, int64_t units) {
  constexpr int most = Format::COLUMNS / SIDE;
  int blocks = int((columns + SIDE - 1) / SIDE);
  if (blocks == most) return Tile<Format>::template multiply<most>(sums, pitch, a, height, b, units);
  if constexpr (most > 1)
    if (blocks == 1) return Tile<Format>::template multiply<1>(sums, pitch, a, height, b, units);
  if constexpr (most > 2)
    if (blocks == 2) return Tile<Format>::template multiply<2>(sums, pitch, a, height, b, units);
  if constexpr (most > 3) Tile<Format>::template multiply<3>(sums, pitch, a, height, b, units);
}

}  // namespace
}  // namespace sild
