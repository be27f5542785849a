// kernels/cpu/runtime/winograd.h — 3 × 3 convolutions with 16 multiplications where 36 would be: F(2 × 2, 3 × 3).
//
//   y = Aᵀ [ Σ_c (G w Gᵀ) ∘ (Bᵀ x B) ] A       for each 2 × 2 of outputs, from the 4 × 4 pixels that they see
//
//        1  0 −1  0          1  0  0
//   Bᵀ = 0  1  1  0      G = ½  ½  ½      Aᵀ = 1  1  1  0
//        0 −1  1  0          ½ −½  ½           0  1 −1 −1
//        0  1  0 −1          0  0  1
//
// After Lavin & Gray 2016. The sums over channels are sixteen products, one for each place of the 4 × 4. Sums and differences
// of pixels are rounded, so an error is one of the largest pixel of the sixteen, and one that is not finite spreads over the
// tile: this is for `f32`, never for `f32-strict`.
#pragma once

#include "windows.h"

namespace sild {
namespace {

constexpr int64_t WINOGRAD = 16;  // products

/** The weights of a 3 × 3 convolution: rows × columns, w[row · row_step + column · column_step + tap], turned round or not. */
struct Weights3x3 {
  const float* w;
  int64_t rows, columns, row_step, column_step;
  bool turned;
};

/** The tiles of a convolution's outputs, as outputs themselves: of windows of 4 × 4, two apart. */
inline Windows tiles_of(const Windows& w) {
  return {w.x, w.B, w.C, w.H, w.W, 4, 4, (w.P + 1) / 2, (w.Q + 1) / 2, 2, w.top, w.left};
}

/** to[place · pitch + lane] = Bᵀ x B of sixteen tiles: those of group g, in the channel that tap is in. */
inline void transform_pixels(float* __restrict__ to, int64_t pitch, const Places& places, const Tap& channel, int64_t g) {
  float left[4][2 * SIDE], right[4][2 * SIDE];  // columns 0 and 1 of each tile by turns, 2 and 3
  Tap tap = channel;
  for (int r = 0; r < 4; r++)
    for (int s = 0; s < 4; s++, tap.next())
      for (int half = 0; half < 2 && s % 2 == 0; half++)
        store(reinterpret_cast<Unit*>((s ? right : left)[r] + half * SIDE), places.fetch(tap, 2 * g + half));
  float rows[4][4][SIDE];  // x B
  for (int r = 0; r < 4; r++)
    for (int l = 0; l < SIDE; l++) {
      const float x0 = left[r][2 * l], x1 = left[r][2 * l + 1], x2 = right[r][2 * l], x3 = right[r][2 * l + 1];
      rows[r][0][l] = x0 - x2;
      rows[r][1][l] = x1 + x2;
      rows[r][2][l] = x2 - x1;
      rows[r][3][l] = x1 - x3;
    }
  for (int s = 0; s < 4; s++)
    for (int l = 0; l < SIDE; l++) {
      to[s * pitch + l] = rows[0][s][l] - rows[2][s][l];
      to[(4 + s) * pitch + l] = rows[1][s][l] + rows[2][s][l];
      to[(8 + s) * pitch + l] = rows[2][s][l] - rows[1][s][l];
      to[(12 + s) * pitch + l] = rows[1][s][l] - rows[3][s][l];
    }
}

/** to[place · pitch + column] = G w Gᵀ of one row of weights. */
inline void transform_weights(float* __restrict__ to, int64_t pitch, const Weights3x3& weights, int64_t row) {
  for (int64_t first = 0; first < weights.columns; first += SIDE) {
    const int64_t some = std::min<int64_t>(SIDE, weights.columns - first);
    float w[3][3][SIDE] = {}, rows[4][3][SIDE];
    for (int64_t l = 0; l < some; l++) {
      const float* from = weights.w + row * weights.row_step + (first + l) * weights.column_step;
      for (int tap = 0; tap < 9; tap++) w[tap / 3][tap % 3][l] = from[weights.turned ? 8 - tap : tap];
    }
    for (int s = 0; s < 3; s++)
      for (int l = 0; l < SIDE; l++) {
        const float ends = 0.5f * (w[0][s][l] + w[2][s][l]), middle = 0.5f * w[1][s][l];
        rows[0][s][l] = w[0][s][l];
        rows[1][s][l] = ends + middle;
        rows[2][s][l] = ends - middle;
        rows[3][s][l] = w[2][s][l];
      }
    float all[4][4][SIDE];
    for (int r = 0; r < 4; r++)
      for (int l = 0; l < SIDE; l++) {
        const float ends = 0.5f * (rows[r][0][l] + rows[r][2][l]), middle = 0.5f * rows[r][1][l];
        all[r][0][l] = rows[r][0][l];
        all[r][1][l] = ends + middle;
        all[r][2][l] = ends - middle;
        all[r][3][l] = rows[r][2][l];
      }
    for (int place = 0; place < WINOGRAD; place++)
      std::copy(all[place / 4][place % 4], all[place / 4][place % 4] + some, to + place * pitch + first);
  }
}

/** Two rows of sixteen tiles' outputs, Aᵀ m A of m[place · pitch + lane]. */
inline void outputs_of(float (*__restrict__ y)[2 * SIDE], const float* __restrict__ m, int64_t pitch) {
  float rows[2][4][SIDE];
  for (int s = 0; s < 4; s++)
    for (int l = 0; l < SIDE; l++) {
      const float m1 = m[(4 + s) * pitch + l], m2 = m[(8 + s) * pitch + l];
      rows[0][s][l] = m[s * pitch + l] + m1 + m2;
      rows[1][s][l] = m1 - m2 - m[(12 + s) * pitch + l];
    }
  for (int u = 0; u < 2; u++)
    for (int l = 0; l < SIDE; l++) {
      y[u][2 * l] = rows[u][0][l] + rows[u][1][l] + rows[u][2][l];
      y[u][2 * l + 1] = rows[u][1][l] - rows[u][2][l] - rows[u][3][l];
    }
}

/**
 * Every sum of a convolution in f32, given to epilogue(sum, c, ·, at, width): channel c of the outputs, where in them, how
 * many. Threads share strips of channels and panels of tiles.
 */
template <class Epilogue>
class Winograd {
 public:
  Winograd(sild_stream* stream, const Windows& x, const Weights3x3& weights, const Epilogue& epilogue)
      : stream(stream), x(x), tiles(tiles_of(x)), weights(weights), epilogue(epilogue) {
    pitch = weights.rows * stride();
    columns = std::min<int64_t>(F32::COLUMNS, LARGEST / (WINOGRAD * (x.C + 1)) / SIDE * SIDE);
    panel = x.C * columns + SIDE;
  }

  /** Whether it can be done in the memory that there is, and saves anything. */
  static bool suits(const Windows& x, const Weights3x3& weights) {
    return x.R == 3 && x.S == 3 && x.stride == 1 && x.C >= 16 && weights.rows >= 16 && LARGEST / (WINOGRAD * (x.C + 1)) >= SIDE &&
           WINOGRAD * weights.rows * (x.C + SKEW) <= int64_t(sild_stream::SCRATCH_FLOATS);
  }

  /** What one member of the team does of it. */
  void work(int member, int members) const {
    Range rows = share(weights.rows, 1, member, members);
    for (int64_t i = rows.begin; i < rows.end; i++) transform_weights(stream->scratch + i * stride(), pitch, weights, i);
    stream->team->meet(members);
    const int64_t all = tiles.outputs(), strips = (weights.rows + MR - 1) / MR, panels = (all + columns - 1) / columns;
    Range mine = share(panels * strips, 1, member, members);
    while (mine.begin < mine.end) {
      const int64_t j = mine.begin / strips, end = std::min(mine.end, (j + 1) * strips);
      through(j * columns, std::min(columns, all - j * columns), mine.begin - j * strips, end - j * strips, stream->own(member));
      mine.begin = end;
    }
  }

 private:
  static constexpr int64_t LARGEST = 144 << 10;  // floats of a panel: what leaves the second cache some room
  static constexpr int64_t SUMS = WINOGRAD * MR * F32::COLUMNS;
  static_assert(LARGEST + WINOGRAD * SIDE + SUMS <= int64_t(sild_stream::OWN_FLOATS), "");

  /** Outputs of a panel that lie in one row: of so many tiles from `tile` on, the upper left one at `index` in channel 0. */
  struct Run {
    int64_t tile, count, row, column, index;
  };

  int64_t stride() const { return x.C + SKEW; }

  /** A panel of tiles through some strips of rows. */
  void through(int64_t first, int64_t count, int64_t begin, int64_t end, float* own) const {
    float *pixels = own, *sums = own + LARGEST + WINOGRAD * SIDE;
    const Places places(tiles, first, count, 2);
    const int64_t groups = (count + SIDE - 1) / SIDE;
    for (int64_t c = 0; c < x.C; c++)
      for (int64_t g = 0; g < groups; g++)
        transform_pixels(pixels + c * columns + g * SIDE, panel, places, Tap(tiles, c * WINOGRAD), g);
    Run runs[F32::COLUMNS];
    int some = 0;
    for (int64_t t = 0; t < count; t += runs[some++].count) {
      const int64_t n = first + t, b = n / tiles.Q / tiles.P, row = n / tiles.Q % tiles.P * 2, column = n % tiles.Q * 2;
      const int64_t run = std::min({tiles.Q - n % tiles.Q, count - t, SIDE - t % SIDE});
      runs[some] = {t, run, row, column, (b * weights.rows * x.P + row) * x.Q + column};
    }
    for (int64_t strip = begin; strip < end; strip++) {
      const int64_t i = strip * MR, tall = std::min<int64_t>(MR, weights.rows - i);
      for (int place = 0; place < WINOGRAD; place++)
        multiply_tile<F32>(sums + place * MR * columns, columns,
                           {reinterpret_cast<const Unit*>(stream->scratch + place * pitch + i * stride()), stride(), 0}, tall,
                           {reinterpret_cast<const Unit*>(pixels + place * panel), columns, 0}, count, x.C);
      for (int64_t r = 0; r < tall; r++) finish(sums + r * columns, i + r, runs, some);
    }
  }

  /** The outputs of a row of a panel. */
  void finish(const float* sums, int64_t i, const Run* runs, int some) const {
    float y[2][2 * SIDE];
    for (const Run* run = runs; run < runs + some; run++) {
      if (run->tile % SIDE == 0) outputs_of(y, sums + run->tile, MR * columns);
      const int64_t wide = std::min(2 * run->count, x.Q - run->column), tall = std::min<int64_t>(2, x.P - run->row);
      for (int64_t u = 0; u < tall; u++)
        epilogue(y[u] + run->tile % SIDE * 2, i, 0, run->index + (i * x.P + u) * x.Q, wide);
    }
  }

  sild_stream* stream;
  const Windows x, tiles;
  const Weights3x3 weights;
  const Epilogue epilogue;
  int64_t pitch, columns, panel;  // of the weights of one product; tiles at a time; pixels of one product
};

}  // namespace
}  // namespace sild
