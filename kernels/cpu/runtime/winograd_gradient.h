// kernels/cpu/runtime/winograd_gradient.h — the gradient of 3 × 3 weights, the transpose of what winograd.h says.
//
//   dw = Gᵀ [ Σ_tiles (A dy Aᵀ) ∘ (Bᵀ x B) ] G        the sums over tiles are sixteen products
#pragma once

#include "winograd.h"

namespace sild {
namespace {

/** to[place][k][lane] = A dy Aᵀ of sixteen tiles in some channels, from that of tap on: those of group g. */
inline void transform_gradients(float (*__restrict__ to)[SIDE][SIDE], const Places& places, Tap tap, int64_t channels, int64_t g) {
  for (int64_t k = 0; k < channels; k++) {
    float y[2][2 * SIDE];
    for (int r = 0; r < 2; r++, tap.next(), tap.next())
      for (int half = 0; half < 2; half++) store(y[r] + half * SIDE, places.fetch(tap, 2 * g + half));
    float rows[4][2 * SIDE];
    for (int l = 0; l < 2 * SIDE; l++) {
      rows[0][l] = y[0][l];
      rows[1][l] = y[0][l] + y[1][l];
      rows[2][l] = y[0][l] - y[1][l];
      rows[3][l] = -y[1][l];
    }
    for (int r = 0; r < 4; r++)
      for (int l = 0; l < SIDE; l++) {
        const float left = rows[r][2 * l], right = rows[r][2 * l + 1];
        to[4 * r][k][l] = left;
        to[4 * r + 1][k][l] = left + right;
        to[4 * r + 2][k][l] = left - right;
        to[4 * r + 3][k][l] = -right;
      }
  }
}

/** w[tap] of sixteen weights = Gᵀ u G of u[place · pitch + lane]. */
inline void weights_of(float (*__restrict__ w)[SIDE], const float* __restrict__ u, int64_t pitch) {
  float rows[3][4][SIDE];
  for (int s = 0; s < 4; s++)
    for (int l = 0; l < SIDE; l++) {
      const float u1 = u[(4 + s) * pitch + l], u2 = u[(8 + s) * pitch + l], half = 0.5f * (u1 + u2);
      rows[0][s][l] = u[s * pitch + l] + half;
      rows[1][s][l] = 0.5f * (u1 - u2);
      rows[2][s][l] = half + u[(12 + s) * pitch + l];
    }
  for (int r = 0; r < 3; r++)
    for (int l = 0; l < SIDE; l++) {
      const float half = 0.5f * (rows[r][1][l] + rows[r][2][l]);
      w[3 * r][l] = rows[r][0][l] + half;
      w[3 * r + 1][l] = 0.5f * (rows[r][1][l] - rows[r][2][l]);
      w[3 * r + 2][l] = half + rows[r][3][l];
    }
}

/** dw (K, C, 3, 3) in f32. Blocks of tiles are transformed by all threads, which then share the products' tiles. */
class WinogradGradient {
 public:
  WinogradGradient(sild_stream* stream, float* dw, const float* dy, const Windows& x, int64_t K)
      : stream(stream), dw(dw), C(x.C), K(K), tiles(tiles_of(x)),
        gradients{dy, x.B, K, x.P, x.Q, 2, 2, tiles.P, tiles.Q, 2, 0, 0} {
    strips = (C + MR - 1) / MR, panels = (K + COLUMNS - 1) / COLUMNS;
    sums = WINOGRAD * strips * panels * TILE;
    const int64_t cached = (256 << 10) / (WINOGRAD * (C + K)) / SIDE * SIDE, most = room(C, K);
    depth = std::min(std::max<int64_t>(128, std::min<int64_t>(512, cached)), most);
  }

  static bool suits(const Windows& x, int64_t K) {
    return x.R == 3 && x.S == 3 && x.stride == 1 && x.C >= 16 && K >= 16 && room(x.C, K) >= 64;
  }

  /** What one member of the team does of it. */
  void work(int member, int members) const {
    const int64_t all = tiles.outputs();
    for (int64_t n = 0; n < all; n += depth) {
      const int64_t some = std::min(depth, all - n);
      transform(n, some, member, members);
      stream->team->meet(members);
      Range mine = share(WINOGRAD * panels * strips, 1, member, members);
      for (int64_t t = mine.begin; t < mine.end; t++) add_tile(t / strips / panels, t / strips % panels, t % strips, some, n == 0);
      stream->team->meet(members);
    }
    Range mine = share(C, 1, member, members);
    for (int64_t c = mine.begin; c < mine.end; c++) finish(c);
  }

 private:
  static constexpr int64_t COLUMNS = F32::COLUMNS, TILE = MR * COLUMNS;

  /** Tiles whose transforms have room beside the sums. */
  static int64_t room(int64_t C, int64_t K) {
    const int64_t left = int64_t(sild_stream::SCRATCH_FLOATS) - WINOGRAD * whole(C, MR) * whole(K, COLUMNS);
    return std::min<int64_t>(Places::MOST / 2, (left / WINOGRAD - C * SKEW) / (C + whole(K, COLUMNS))) / SIDE * SIDE;
  }

  float* sum(int64_t place, int64_t panel, int64_t strip) const {
    return stream->scratch + ((place * strips + strip) * panels + panel) * TILE;
  }
  float* pixels(int64_t place) const { return stream->scratch + sums + place * C * (depth + SKEW); }
  float* panel(int64_t place, int64_t j) const { return pixels(WINOGRAD) + (place * panels + j) * depth * COLUMNS; }

  /** Tiles n … n + some − 1: pixels as rows along the tiles, gradients as panels across them. */
  void transform(int64_t n, int64_t some, int member, int members) const {
    const Places from(tiles, n, some, 2), of(gradients, n, some, 2);
    const int64_t groups = (some + SIDE - 1) / SIDE, bundles = (K + SIDE - 1) / SIDE;
    Range mine = share(C, 1, member, members);
    for (int64_t c = mine.begin; c < mine.end; c++)
      for (int64_t g = 0; g < groups; g++)
        transform_pixels(pixels(0) + c * (depth + SKEW) + g * SIDE, C * (depth + SKEW), from, Tap(tiles, c * WINOGRAD), g);
    mine = share(bundles, 1, member, members);
    for (int64_t bundle = mine.begin; bundle < mine.end; bundle++)
      for (int64_t g = 0; g < groups; g++) {
        const int64_t k = bundle * SIDE;
        float all[WINOGRAD][SIDE][SIDE] = {};
        transform_gradients(all, of, Tap(gradients, k * 4), std::min<int64_t>(SIDE, K - k), g);
        for (int place = 0; place < WINOGRAD; place++) {
          Units block[SIDE];
          for (int l = 0; l < SIDE; l++) block[l] = load_units(all[place][l]);
          transpose(block);
          float* to = panel(place, k / COLUMNS) + g * SIDE * COLUMNS + k % COLUMNS;
          for (int l = 0; l < SIDE; l++) store(to + l * COLUMNS, block[l]);
        }
      }
  }

  void add_tile(int64_t place, int64_t j, int64_t strip, int64_t some, bool first) const {
    const int64_t c = strip * MR, tall = std::min<int64_t>(MR, C - c), wide = std::min(COLUMNS, K - j * COLUMNS);
    const Rows left{reinterpret_cast<const Unit*>(pixels(place) + c * (depth + SKEW)), depth + SKEW, 0};
    const Panel right{reinterpret_cast<const Unit*>(panel(place, j)), COLUMNS, 0};
    float* __restrict__ to = sum(place, j, strip);
    if (first) return multiply_tile<F32>(to, COLUMNS, left, tall, right, wide, some);
    alignas(64) float more[TILE];
    multiply_tile<F32>(more, COLUMNS, left, tall, right, wide, some);
    for (int64_t i = 0; i < tall * COLUMNS; i++) to[i] += more[i];
  }

  /** The weights of channel c. */
  void finish(int64_t c) const {
    for (int64_t k = 0; k < K; k += SIDE) {
      float w[9][SIDE];
      weights_of(w, sum(0, k / COLUMNS, c / MR) + c % MR * COLUMNS + k % COLUMNS, strips * panels * TILE);
      for (int64_t l = 0; l < std::min<int64_t>(SIDE, K - k); l++)
        for (int tap = 0; tap < 9; tap++) dw[((k + l) * C + c) * 9 + tap] = w[tap][l];
    }
  }

  sild_stream* stream;
  float* dw;
  int64_t C, K;
  const Windows tiles, gradients;
  int64_t strips, panels, sums, depth;  // of the products; floats of their sums; tiles at a time
};

}  // namespace
}  // namespace sild
