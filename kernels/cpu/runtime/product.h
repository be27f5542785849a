// kernels/cpu/runtime/product.h — the matrix product behind every layer.
//
//   c(M, N) = Σ_k a(M, k) b(k, N), then an epilogue on each row piece while it is in the first cache.
//
// After Goto & van de Geijn 2008: a is packed once for all threads; each thread packs a panel of b into its own cache, and all
// rows of a pass by. k is cut into blocks only where it is long; the sum over k has the same order for any number of threads,
// which share tiles, never a sum.
#pragma once

#include <type_traits>

#include "stream.h"
#include "tile.h"

namespace sild {
namespace {

constexpr int64_t DEPTH = 1024;  // units of a block of k, of both parts together
constexpr int64_t SKEW = SIDE;   // between packed rows: a power of two apart they would share one set of the cache

constexpr int64_t LINE = 64 / sizeof(float);  // of a cache, in floats

/** Whether an operand can be read where it is, if its format is that of memory. */
inline bool lies_in_rows(Matrix m) { return m.depth == 1; }
template <class Operand>
bool lies_in_rows(const Operand&) {
  return false;
}

/** A function that does nothing but prefetch has no effect in GCC's eyes, and it leaves out the call. */
inline void has_effect() { asm volatile(""); }

/** Asks for the part-th of so many parts of lines × depth of m, which somebody is going to pack. */
inline void ask_for(Matrix m, int64_t lines, int64_t depth, int64_t part, int64_t parts) {
  has_effect();
  bool along = m.depth == 1;
  int64_t runs = along ? lines : depth, length = along ? depth : lines, step = along ? m.line : m.depth;
  for (int64_t run = runs * part / parts; run < runs * (part + 1) / parts; run++)
    for (int64_t at = 0; at < length; at += LINE) __builtin_prefetch(m.data + run * step + at, 0, 2);
}

/** Asks for rows × columns of an output before its sums are there: a store would wait for each line of memory. */
inline void ask_to_write(float* c, int64_t stride, int64_t rows, int64_t columns) {
  has_effect();
  for (int64_t r = 0; r < rows; r++)
    for (int64_t j = 0; j < columns; j += LINE) __builtin_prefetch(c + r * stride + j, 1, 2);
}

/** to = from: a call of memmove would take longer than these few vectors. */
inline void move(float* __restrict__ to, const float* __restrict__ from, int64_t n) {
  int64_t j = 0;
  for (; j + LINE <= n; j += LINE) __builtin_memcpy(to + j, from + j, LINE * sizeof(float));
  for (; j < n; j++) to[j] = from[j];
}

/** c as rows of N: where row i, column j lies, and how many of the columns that follow. */
struct RowMajor {
  float* c;
  int64_t N;

  int64_t index(int64_t i, int64_t j) const { return i * N + j; }
  int64_t run(int64_t, int64_t width) const { return width; }
};

/** The sums as they are. */
struct Plain {
  float* c;
  int64_t N;

  void expect(int64_t i, int64_t j, int64_t rows, int64_t columns) const { ask_to_write(c + i * N + j, N, rows, columns); }
  void operator()(const float* sum, int64_t, int64_t, int64_t at, int64_t width) const { move(c + at, sum, width); }
};

/** c (+)= a b in one format; see `multiply`. */
template <class Format, class Output, class Left, class Right, class Epilogue>
class Product {
 public:
  Product(sild_stream* stream, Output c, Left a, Right b, int64_t M, int64_t N, int64_t K, bool add, const Epilogue& epilogue)
      : stream(stream), c(c), a(a), b(b), M(M), N(N), K(K), add(add), epilogue(epilogue) {
    constexpr int64_t most = DEPTH / Format::PARTS * Format::K;
    int64_t blocks = std::max<int64_t>(1, (K + most - 1) / most);
    block = whole((K + blocks - 1) / blocks, SIDE * Format::K);
    room = block / Format::K;
    direct = Format::DIRECT && lies_in_rows(a);
    constexpr int64_t grain = 2 * SIDE * MR;  // whole strips of every format
    rows = direct ? M : int64_t(sild_stream::SCRATCH_FLOATS) / ((room + SKEW) * Format::PARTS) / grain * grain;
  }

  /** What one member of the team does of it. */
  void work(int member, int members) const {
    typename Tile<Format>::Registers registers;
    for (int64_t k = 0; k < K; k += block)
      for (int64_t i = 0; i < M; i += rows) {
        Block now{i, std::min(rows, M - i), k, std::min(block, K - k), left(k)};
        if (!direct) {
          pack_rows(now, member, members);
          stream->team->meet(members);
        }
        int64_t strips = (now.height + ROWS - 1) / ROWS, panels = (N + COLUMNS - 1) / COLUMNS;
        Range tiles = share(panels * strips, 1, member, members);
        for (int64_t t = tiles.begin; t < tiles.end; t++) {
          int64_t j = t / strips * COLUMNS, strip = t % strips;
          if (strip == 0 || t == tiles.begin) pack_panel(now, j, member);
          if (j + COLUMNS < N)
            ask_for(b.from(j + COLUMNS, k), std::min(COLUMNS, N - j - COLUMNS), now.depth, strip, strips);
          tile(now, strip * ROWS, j, member);
        }
        if (!direct) stream->team->meet(members);  // the packed rows are about to be overwritten
      }
  }

 private:
  static constexpr int64_t COLUMNS = Format::COLUMNS, ROWS = Format::ROWS;
  static_assert(COLUMNS * DEPTH <= int64_t(sild_stream::OWN_FLOATS), "a panel must fit what a thread has for itself");

  /** So many rows of a from row i on, and so many k. */
  struct Block {
    int64_t i, height, k, depth;
    Rows left;
  };

  Rows left(int64_t k) const {
    if constexpr (std::is_same_v<Left, Matrix>)
      if (direct) return {reinterpret_cast<const Unit*>(a.data + k), a.line, 0};
    return {reinterpret_cast<const Unit*>(stream->scratch), room + SKEW, rows * (room + SKEW)};
  }

  void pack_rows(const Block& now, int member, int members) const {
    Range lines = share(now.height, SIDE, member, members);
    Unit* to = reinterpret_cast<Unit*>(stream->scratch) + lines.begin * now.left.stride;
    for (int part = 0; part < Format::PARTS; part++)
      pack<Format, Layout::ROWS>(to + part * now.left.low, now.left.stride, a.from(now.i + lines.begin, now.k),
                                 lines.end - lines.begin, now.depth, part);
  }

  void pack_panel(const Block& now, int64_t j, int member) const {
    Unit* to = reinterpret_cast<Unit*>(stream->own(member));
    for (int part = 0; part < Format::PARTS; part++)
      pack<Format, Layout::PANEL>(to + part * COLUMNS * room, COLUMNS, b.from(j, now.k), std::min(COLUMNS, N - j), now.depth, part);
  }

  /** Row i of the block, column j. */
  void tile(const Block& now, int64_t i, int64_t j, int member) const {
    const bool first = now.k == 0 && !add, last = now.k + now.depth == K;
    const int64_t tall = std::min(ROWS, now.height - i), wide = std::min(COLUMNS, N - j);
    if (last) epilogue.expect(now.i + i, j, tall, wide);
    const Rows rows_of_a{now.left.data + i * now.left.stride, now.left.stride, now.left.low};
    const Panel right{reinterpret_cast<const Unit*>(stream->own(member)), COLUMNS, COLUMNS * room};
    const int64_t units = whole((now.depth + Format::K - 1) / Format::K, Format::GRAIN);
    if (std::is_same_v<Epilogue, Plain> && first && last && tall == ROWS && wide == COLUMNS)  // the sums are what is wanted
      return multiply_tile<Format>(c.c + c.index(now.i + i, j), N, rows_of_a, tall, right, wide, units);
    alignas(64) float sums[ROWS * COLUMNS];
    multiply_tile<Format>(sums, COLUMNS, rows_of_a, tall, right, wide, units);
    for (int64_t done = 0, run = 0; done < wide; done += run) {
      run = c.run(j + done, wide - done);
      int64_t at = c.index(now.i + i, j + done);
      for (int64_t r = 0; r < tall; r++, at += c.N) {
        float* __restrict__ sum = sums + r * COLUMNS + done;
        float* __restrict__ so_far = c.c + at;
        if (!first)
          for (int64_t q = 0; q < run; q++) sum[q] += so_far[q];
        if (last)
          epilogue(sum, now.i + i + r, j + done, at, run);
        else
          move(so_far, sum, run);
      }
    }
  }

  sild_stream* stream;
  Output c;
  Left a;
  Right b;
  int64_t M, N, K;
  bool add;
  Epilogue epilogue;
  int64_t block, room, rows;  // of k; units that it takes; of a at a time
  bool direct;                // a is read as it lies in memory
};

/**
 * c (+)= a b at the stream's precision. Once the sum over k of a piece is complete, epilogue(sum, i, j, at, width) takes the sums
 * of columns j … j + width of row i, which lie at c[at …], and stores what becomes of them; before that, c holds the partial
 * sums. epilogue.expect(i, j, rows, columns) hears of a tile before its sums are computed. An operand is a Matrix, or what else
 * has `from` and `pack` and, on the right, `ask_for`.
 */
template <class Output, class Left, class Right, class Epilogue>
void multiply(sild_stream* stream, Output c, Left a, Right b, int64_t M, int64_t N, int64_t K, bool add,
              const Epilogue& epilogue) {
  in_format(stream->precision, [&](auto format) {
    Product<decltype(format), Output, Left, Right, Epilogue> product(stream, c, a, b, M, N, K, add, epilogue);
    if (M * N * K < 32768)
      product.work(0, 1);
    else
      together(stream, [&](int member, int members) { product.work(member, members); });
  });
}

/** The same for matrices, c with row stride N. */
template <class Epilogue>
void multiply(sild_stream* stream, float* c, Matrix a, Matrix b, int64_t M, int64_t N, int64_t K, bool add,
              const Epilogue& epilogue) {
  multiply(stream, RowMajor{c, N}, a, b, M, N, K, add, epilogue);
}

/** c (+)= a b. */
inline void multiply(sild_stream* stream, float* c, Matrix a, Matrix b, int64_t M, int64_t N, int64_t K, bool add) {
  multiply(stream, c, a, b, M, N, K, add, Plain{c, N});
}

}  // namespace
}  // namespace sild
