// kernels/cpu/runtime/mixture_screen.h — which centres of a tile may have a weight, from products of bf16.
//
//   a = x − m, c = μ − m, m near the mean of the centres, â and ĉ rounded to bf16, by ≤ 2⁻⁸ relative:
//   ‖x − μ‖² = ‖a‖² + ‖c‖² − 2⟨â, ĉ⟩ + e,   |e| ≤ 2⁻⁶ (1 + 2⁻⁶) ‖a‖ ‖c‖ + (D + 64) 2⁻²⁴ (‖a‖ + ‖c‖)²  (+ 10⁻³⁰ for underflow)
//
// The first term is the rounding of the operands, 2 (‖a‖ ‖c − ĉ‖ + ‖a − â‖ ‖ĉ‖), where 1 + 2⁻⁶ covers its square and the norms as
// computed. The second is all other rounding: less than D u s/2 of the product, (D/16 + 5) u s each of the norms and of the distance
// as it is computed otherwise, 4 u s of a and c, and 4 u s of this formula itself, with u = 2⁻²⁴ and s = (‖a‖ + ‖c‖)² ≥ 4‖a‖‖c‖.
// logit() never rises with the distance, so its values at both ends of the interval bound the logit that would be computed. A
// centre whose upper bound lies further than `reach` below what the row is certain to reach gets no weight in any case.
// A comparison with NaN is false: what is not known to be far is not left out.
#pragma once

#include "mixture_tile.h"

namespace sild {
namespace {

/** A row and a centre of a tile. */
struct Pair {
  uint16_t row, centre;
};

class Screen {
 public:
#if defined(__AMX_BF16__)
  using Format = Tiles;
#elif defined(__AVX512BF16__)
  using Format = Pairs;
#else
  using Format = F32;  // which takes as long as the distances themselves
#endif
  static constexpr int64_t LEAST_D = 64, LEAST_M = 4 * CENTRES;  // below them it is not worth while
  static constexpr int64_t GRAIN = 2 * SIDE;                     // of rows, and of coordinates

  /** Works in `own`, and keeps the packed rows there or in `more`. */
  Screen(const Mixture& of, Floats own, Floats more) : of(of), D(of.D) {
    if (Format::K == 1 || D < LEAST_D || of.M < LEAST_M) return;
    const int64_t blocks = (D + MOST - 1) / MOST, units = whole(D, GRAIN) / Format::K;
    block = whole((D + blocks - 1) / blocks, GRAIN);
    stride = units + SIDE;  // a power of two apart they would share one set of the cache
    panel = reinterpret_cast<Unit*>(own.take(CENTRES * MOST / Format::K));
    lines = own.take(SIDE * MOST);
    mean = own.take(whole(D, SIDE));
    if (own.left < 0) return;
    const Floats& most = own.left > more.left ? own : more;
    packed = reinterpret_cast<Unit*>(most.data);
    rows = std::min(HEIGHT, most.left / stride / GRAIN * GRAIN);
    if (rows > 0) find_mean();
  }

  /** How many rows it has room for; 0: it does not screen. */
  int64_t room() const { return rows; }

  /** Turns to other rows. */
  void begin(const float* x, int64_t n) {
    height = n;
    std::fill(row_square, row_square + n, 0.0f);
    for (int64_t k = 0; k < D; k += block)
      pack_centred<Layout::ROWS>(packed + k / Format::K, stride, x + k, n, k, row_square);
  }

  /** sums[r][q] = ⟨â_r, ĉ_{i+q}⟩, CENTRES a row; whole strips of rows are written. */
  void multiply(float* sums, int64_t i, int64_t wide) {
    std::fill(centre_square, centre_square + CENTRES, 0.0f);
    for (int64_t k = 0; k < D; k += block) {
      pack_centred<Layout::PANEL>(panel, CENTRES, of.centre(i) + k, wide, k, centre_square);
      const int64_t units = whole((std::min(block, D - k) + Format::K - 1) / Format::K, Format::GRAIN);
      for (int64_t j = 0; j < wide; j += Format::COLUMNS)
        for (int64_t r = 0; r < height; r += Format::ROWS) {
          const int64_t tall = std::min<int64_t>(Format::ROWS, height - r);
          const int64_t columns = std::min<int64_t>(Format::COLUMNS, wide - j);
          if (j == 0) ask_for_next(i + wide, k, r / Format::ROWS);
          const Rows left{packed + r * stride + k / Format::K, stride, 0};
          if (k == 0) {
            multiply_tile<Format>(sums + r * CENTRES + j, CENTRES, left, tall, {panel + j, CENTRES, 0}, columns, units);
            continue;
          }
          alignas(64) float more[Format::ROWS * Format::COLUMNS];
          multiply_tile<Format>(more, Format::COLUMNS, left, tall, {panel + j, CENTRES, 0}, columns, units);
          for (int64_t s = 0; s < tall; s++)
            for (int64_t q = 0; q < columns; q++) sums[(r + s) * CENTRES + j + q] += more[s * Format::COLUMNS + q];
        }
    }
    for (int64_t q = 0; q < CENTRES; q++) centre_norm[q] = square_root(centre_square[q]);
  }

  /** Appends the pairs of row r whose logit may matter; its products become FAR. */
  Pair* find(Pair* pairs, float* __restrict__ product, int64_t r, const Row& row, const Components& components,
             int64_t wide) const {
    const float a2 = row_square[r], a = square_root(a2), rounding = (float(D) + 64.0f) * 0x1p-24f;
    float upper[CENTRES], lower[CENTRES];
    for (int64_t q = 0; q < CENTRES; q++) {
      const float both = a + centre_norm[q];
      const float error = fma(rounding * both, both, fma(0x1.04p-6f * a, centre_norm[q], 1e-30f));
      const float square = fma(-2.0f, product[q], a2 + centre_square[q]);
      upper[q] = logit(components.at(q), square - error);
      lower[q] = logit(components.at(q), square + error);
      product[q] = FAR;
    }
    Strands most = all(row.largest), found = {};
    for (int64_t q = 0; q < CENTRES; q += STRANDS) {
      const Strands level = strands(lower + q, STRANDS);
      most = level > most ? level : most;
    }
    const float least = largest_of(most) - of.reach;
    for (int64_t q = 0; q < CENTRES; q += STRANDS)
      found += strands(upper + q, STRANDS) < least ? Strands{} : all(1.0f);
    if (largest_of(found) > 0.0f)
      for (int64_t q = 0; q < wide; q++)
        if (!(upper[q] < least)) *pairs++ = {uint16_t(r), uint16_t(q)};
    return pairs;
  }

 private:
  static constexpr int64_t MOST = 512;  // coordinates of a panel
  static constexpr int64_t LOOK = 256;  // centres that the mean is taken of

  void find_mean() {
    const int64_t n = std::min(of.M, LOOK);
    std::fill(mean, mean + D, 0.0f);
    for (int64_t i = 0; i < n; i++) {
      const float* centre = of.centre(i * of.M / n);
      for (int64_t j = 0; j < D; j++) mean[j] += centre[j];
    }
    for (int64_t j = 0; j < D; j++) mean[j] /= float(n);
  }

  /** Strip by strip, for the tile that begins with centre i. */
  void ask_for_next(int64_t i, int64_t k, int64_t strip) const {
    ask_for({of.centre(i) + k, D, 1}, std::min(CENTRES, of.M - i), std::min(block, D - k), strip,
            (height + Format::ROWS - 1) / Format::ROWS);
  }

  /** Coordinates k … k + block of n lines, less the mean; their squares are added to squares. */
  template <Layout layout>
  void pack_centred(Unit* to, int64_t to_stride, const float* from, int64_t n, int64_t k, float* squares) {
    const int64_t depth = std::min(block, D - k);
    for (int64_t l = 0; l < n; l += SIDE) {
      const int64_t some = std::min<int64_t>(SIDE, n - l);
      for (int64_t s = 0; s < some; s++) {
        const float* __restrict__ source = from + (l + s) * D;
        float* __restrict__ line = lines + s * block;
        for (int64_t e = 0; e < depth; e++) line[e] = source[e] - mean[k + e];
        squares[l + s] += strand_sum(depth, [=](int64_t e) { return line[e] * line[e]; });
      }
      pack<Format, layout>(to + (layout == Layout::ROWS ? l * to_stride : l), to_stride, {lines, block, 1}, some, depth, 0);
    }
  }

  const Mixture& of;
  int64_t D, rows = 0, height = 0, block = 0, stride = 0;
  Unit *panel = nullptr, *packed = nullptr;
  float *lines = nullptr, *mean = nullptr;
  float row_square[HEIGHT], centre_square[CENTRES], centre_norm[CENTRES];
};

/** square[r][q] = ‖x_r − μ_{i+q}‖² of single pairs. */
inline void square_pairs(float* square, const Pair* pairs, int64_t count, const Mixture& of, const float* x, int64_t i) {
  for (int64_t p = 0; p < count; p += 4) {
    const float *left[4], *right[4];
    float sums[4];
    for (int64_t s = 0; s < 4; s++) {
      const Pair pair = pairs[std::min(p + s, count - 1)];
      left[s] = x + pair.row * of.D;
      right[s] = of.centre(i + pair.centre);
    }
    squares<1, true>(sums, 0, left, right, of.D);
    for (int64_t s = 0; s < std::min<int64_t>(4, count - p); s++)
      square[pairs[p + s].row * CENTRES + pairs[p + s].centre] = sums[s];
  }
}

}  // namespace
}  // namespace sild
