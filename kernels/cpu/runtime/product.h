// kernels/cpu/runtime/product.h — the matrix product behind every layer.
//
//   c(M, N) = Σ_k a(M, k) b(k, N), then an epilogue on each row piece while it is in the first cache.
//
// Goto & van de Geijn 2008: b is packed into panels that stay in the second cache while all rows of a pass by. k is cut into
// blocks only where it is long; the sum over k has the same order for any number of threads, which share tiles, never a sum.
#pragma once

#include "stream.h"
#include "tile.h"

namespace sild {
namespace {

constexpr int64_t B_UNITS = int64_t(2) << 20, A_UNITS = int64_t(1) << 20;  // packed operands, in units
static_assert(B_UNITS + A_UNITS <= int64_t(sild_stream::SCRATCH_FLOATS), "the packed operands must fit the scratch memory");
constexpr int64_t DEPTH = 1024;  // units of a block of k, of both parts together
constexpr int64_t SKEW = SIDE;   // between packed rows: a power of two apart they would share one set of the cache

/** c (+)= a b in one format; see `multiply`. */
template <class Format, class Epilogue>
void multiply_as(sild_stream* stream, float* c, Matrix a, Matrix b, int64_t M, int64_t N, int64_t K, bool add,
                 const Epilogue& epilogue) {
  constexpr int64_t MOST = DEPTH / Format::PARTS;
  const int64_t k_blocks = std::max<int64_t>(1, (K + MOST * Format::K - 1) / (MOST * Format::K));
  const int64_t block = whole((K + k_blocks - 1) / k_blocks, SIDE * Format::K), room = block / Format::K;  // k, units
  const int64_t columns = B_UNITS / (room * Format::PARTS) / Format::COLUMNS * Format::COLUMNS;
  const int64_t rows = A_UNITS / ((room + SKEW) * Format::PARTS) / (2 * SIDE * MR) * (2 * SIDE * MR);
  const bool direct = Format::DIRECT && a.depth == 1;
  Unit *packed_b = reinterpret_cast<Unit*>(stream->scratch), *packed_a = packed_b + B_UNITS;

  auto body = [&](int member, int members) {
    TileRegisters registers;
    for (int64_t j0 = 0; j0 < N; j0 += columns) {
      int64_t width = std::min(columns, N - j0), panels = (width + Format::COLUMNS - 1) / Format::COLUMNS;
      for (int64_t k0 = 0; k0 < K; k0 += block) {
        int64_t depth = std::min(block, K - k0), units = whole((depth + Format::K - 1) / Format::K, Format::GRAIN);
        bool first = k0 == 0 && !add, last = k0 + depth == K;
        Range mine = share(panels, 1, member, members);
        for (int64_t p = mine.begin; p < mine.end; p++)
          for (int part = 0; part < Format::PARTS; part++)
            pack<Format, Layout::PANEL>(packed_b + (p * Format::PARTS + part) * Format::COLUMNS * room, Format::COLUMNS,
                                        b.from(j0 + p * Format::COLUMNS, k0),
                                        std::min<int64_t>(Format::COLUMNS, width - p * Format::COLUMNS), depth, part);
        for (int64_t i0 = 0; i0 < M; i0 += direct ? M : rows) {
          int64_t height = direct ? M : std::min(rows, M - i0), strips = (height + Format::ROWS - 1) / Format::ROWS;
          Rows left{packed_a, room + SKEW, rows * (room + SKEW)};
          if (direct) {
            left = {reinterpret_cast<const Unit*>(a.data + k0), a.line, 0};
          } else {
            Range lines = share(height, SIDE, member, members);
            for (int part = 0; part < Format::PARTS; part++)
              pack<Format, Layout::ROWS>(packed_a + part * left.low + lines.begin * left.stride, left.stride,
                                         a.from(i0 + lines.begin, k0), lines.end - lines.begin, depth, part);
          }
          stream->team->meet(members);
          Range tiles = share(panels * strips, 1, member, members);
          for (int64_t t = tiles.begin; t < tiles.end; t++) {
            int64_t p = t / strips, i = t % strips * Format::ROWS, j = p * Format::COLUMNS;
            int64_t tall = std::min<int64_t>(Format::ROWS, height - i), wide = std::min<int64_t>(Format::COLUMNS, width - j);
            alignas(64) float sums[Format::ROWS * Format::COLUMNS];
            Panel right{packed_b + p * Format::PARTS * Format::COLUMNS * room, Format::COLUMNS, Format::COLUMNS * room};
            multiply_tile<Format>(sums, {left.data + i * left.stride, left.stride, left.low}, tall, right, wide, units);
            for (int64_t r = 0; r < tall; r++) {
              float* __restrict__ sum = sums + r * Format::COLUMNS;
              float* __restrict__ at = c + (i0 + i + r) * N + j0 + j;
              if (!first)
                for (int64_t q = 0; q < wide; q++) sum[q] += at[q];
              if (last)
                epilogue(sum, i0 + i + r, j0 + j, wide);
              else
                std::copy(sum, sum + wide, at);
            }
          }
          stream->team->meet(members);  // the packed blocks are about to be overwritten
        }
      }
    }
  };
  if (M * N * K < 32768)
    body(0, 1);
  else
    together(stream, body);
}

/**
 * c (+)= a b, row stride N, at the stream's precision. Once the sum over k of a piece is complete, epilogue(sum, i, j, width)
 * takes the sums of columns j … j + width of row i and stores what becomes of them; before that, c holds the partial sums.
 */
template <class Epilogue>
void multiply(sild_stream* stream, float* c, Matrix a, Matrix b, int64_t M, int64_t N, int64_t K, bool add,
              const Epilogue& epilogue) {
  in_format(stream->precision, [&](auto format) { multiply_as<decltype(format)>(stream, c, a, b, M, N, K, add, epilogue); });
}

/** c (+)= a b. */
inline void multiply(sild_stream* stream, float* c, Matrix a, Matrix b, int64_t M, int64_t N, int64_t K, bool add) {
  multiply(stream, c, a, b, M, N, K, add,
           [=](const float* sum, int64_t i, int64_t j, int64_t width) { std::copy(sum, sum + width, c + i * N + j); });
}

}  // namespace
}  // namespace sild
