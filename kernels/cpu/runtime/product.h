// kernels/cpu/runtime/product.h — the matrix product behind every layer.
//
//   c(M, N) = Σ_k a(M, k) b(k, N), then an epilogue on each row piece while it is in the first cache.
//
// After Goto & van de Geijn 2008: a is packed once for all threads; each thread packs a panel of b into its own cache, and all
// rows of a pass by. k is cut into blocks only where it is long; the sum over k has the same order for any number of threads,
// which share tiles, never a sum.
#pragma once

#include "stream.h"
#include "tile.h"

namespace sild {
namespace {

constexpr int64_t DEPTH = 1024;  // units of a block of k, of both parts together
constexpr int64_t SKEW = SIDE;   // between packed rows: a power of two apart they would share one set of the cache

constexpr int64_t LINE = 64 / sizeof(float);  // of a cache, in floats

/** Asks for the part-th of so many parts of lines × depth of m, which somebody is going to pack. */
inline void ask_for(Matrix m, int64_t lines, int64_t depth, int64_t part, int64_t parts) {
  int64_t runs = m.depth == 1 ? lines : depth, length = m.depth == 1 ? depth : lines, step = m.depth == 1 ? m.line : m.depth;
  int64_t pieces = (length + LINE - 1) / LINE, all = runs * pieces;
  for (int64_t n = all * part / parts; n < all * (part + 1) / parts; n++)
    __builtin_prefetch(m.data + n / pieces * step + n % pieces * LINE, 0, 2);
}

/** Asks for rows × columns of an output before its sums are there: a store would wait for each line of memory. */
inline void ask_to_write(float* c, int64_t stride, int64_t rows, int64_t columns) {
  for (int64_t r = 0; r < rows; r++)
    for (int64_t j = 0; j < columns; j += LINE) __builtin_prefetch(c + r * stride + j, 1, 2);
}

/** c (+)= a b in one format; see `multiply`. */
template <class Format, class Epilogue>
void multiply_as(sild_stream* stream, float* c, Matrix a, Matrix b, int64_t M, int64_t N, int64_t K, bool add,
                 const Epilogue& epilogue) {
  constexpr int64_t MOST = DEPTH / Format::PARTS, COLUMNS = Format::COLUMNS, ROWS = Format::ROWS;
  static_assert(COLUMNS * DEPTH <= int64_t(sild_stream::OWN_FLOATS), "a panel must fit what a thread has for itself");
  const int64_t k_blocks = std::max<int64_t>(1, (K + MOST * Format::K - 1) / (MOST * Format::K));
  const int64_t block = whole((K + k_blocks - 1) / k_blocks, SIDE * Format::K), room = block / Format::K;  // k, units
  const bool direct = Format::DIRECT && a.depth == 1;
  const int64_t most_rows = int64_t(sild_stream::SCRATCH_FLOATS) / ((room + SKEW) * Format::PARTS) / (2 * SIDE * MR) * (2 * SIDE * MR);
  const int64_t rows = direct ? M : most_rows, panels = (N + COLUMNS - 1) / COLUMNS;
  Unit* packed_a = reinterpret_cast<Unit*>(stream->scratch);

  auto body = [&](int member, int members) {
    TileRegisters registers;
    Unit* packed_b = reinterpret_cast<Unit*>(stream->own(member));
    for (int64_t k0 = 0; k0 < K; k0 += block) {
      int64_t depth = std::min(block, K - k0), units = whole((depth + Format::K - 1) / Format::K, Format::GRAIN);
      bool first = k0 == 0 && !add, last = k0 + depth == K;
      for (int64_t i0 = 0; i0 < M; i0 += rows) {
        int64_t height = std::min(rows, M - i0), strips = (height + ROWS - 1) / ROWS;
        Rows left{packed_a, room + SKEW, rows * (room + SKEW)};
        if (direct) {
          left = {reinterpret_cast<const Unit*>(a.data + k0), a.line, 0};
        } else {
          Range lines = share(height, SIDE, member, members);
          for (int part = 0; part < Format::PARTS; part++)
            pack<Format, Layout::ROWS>(packed_a + part * left.low + lines.begin * left.stride, left.stride,
                                       a.from(i0 + lines.begin, k0), lines.end - lines.begin, depth, part);
          stream->team->meet(members);
        }
        Range tiles = share(panels * strips, 1, member, members);
        for (int64_t t = tiles.begin; t < tiles.end; t++) {
          int64_t j = t / strips * COLUMNS, i = t % strips * ROWS;
          int64_t tall = std::min(ROWS, height - i), wide = std::min(COLUMNS, N - j);
          if (i == 0 || t == tiles.begin)
            for (int part = 0; part < Format::PARTS; part++)
              pack<Format, Layout::PANEL>(packed_b + part * COLUMNS * room, COLUMNS, b.from(j, k0), wide, depth, part);
          if (j + COLUMNS < N) ask_for(b.from(j + COLUMNS, k0), std::min(COLUMNS, N - j - COLUMNS), depth, i / ROWS, strips);
          if (last) epilogue.expect(i0 + i, j, tall, wide);
          alignas(64) float sums[ROWS * COLUMNS];
          multiply_tile<Format>(sums, {left.data + i * left.stride, left.stride, left.low}, tall,
                                {packed_b, COLUMNS, COLUMNS * room}, wide, units);
          for (int64_t r = 0; r < tall; r++) {
            float* __restrict__ sum = sums + r * COLUMNS;
            float* __restrict__ at = c + (i0 + i + r) * N + j;
            if (!first)
              for (int64_t q = 0; q < wide; q++) sum[q] += at[q];
            if (last)
              epilogue(sum, i0 + i + r, j, wide);
            else
              std::copy(sum, sum + wide, at);
          }
        }
        if (!direct) stream->team->meet(members);  // the packed rows are about to be overwritten
      }
    }
  };
  if (M * N * K < 32768)
    body(0, 1);
  else
    together(stream, body);
}

/** The sums as they are. */
struct Plain {
  float* c;
  int64_t N;

  void expect(int64_t i, int64_t j, int64_t rows, int64_t columns) const { ask_to_write(c + i * N + j, N, rows, columns); }
  void operator()(const float* sum, int64_t i, int64_t j, int64_t width) const { std::copy(sum, sum + width, c + i * N + j); }
};

/**
 * c (+)= a b, row stride N, at the stream's precision. Once the sum over k of a piece is complete, epilogue(sum, i, j, width)
 * takes the sums of columns j … j + width of row i and stores what becomes of them; before that, c holds the partial sums.
 * epilogue.expect(i, j, rows, columns) hears of a tile before its sums are computed.
 */
template <class Epilogue>
void multiply(sild_stream* stream, float* c, Matrix a, Matrix b, int64_t M, int64_t N, int64_t K, bool add,
              const Epilogue& epilogue) {
  in_format(stream->precision, [&](auto format) { multiply_as<decltype(format)>(stream, c, a, b, M, N, K, add, epilogue); });
}

/** c (+)= a b. */
inline void multiply(sild_stream* stream, float* c, Matrix a, Matrix b, int64_t M, int64_t N, int64_t K, bool add) {
  multiply(stream, c, a, b, M, N, K, add, Plain{c, N});
}

}  // namespace
}  // namespace sild
