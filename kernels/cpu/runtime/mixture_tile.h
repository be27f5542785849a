// kernels/cpu/runtime/mixture_tile.h — what mixture_denoiser computes of a few rows and the 128 centres of a tile.
//
// Two ways lead to a squared distance and two to a numerator: many pairs at once, or single ones. Both add in the same order, so
// which way a tile goes moves no bit.
#pragma once

#include "../../maths/mixture_denoiser.h"
#include "../../maths/reductions.h"
#include "product.h"
#include "strands.h"

namespace sild {
namespace {

constexpr int64_t HEIGHT = 288, CENTRES = 128;  // rows of a block, and of a tile centres
constexpr float FAR = -1.0f;  // stands for the squared distance of a centre that has no weight

/** Memory to take from. */
struct Floats {
  float* data;
  int64_t left;

  float* take(int64_t n) {
    data += n;
    left -= n;
    return data - n;
  }
};

/** The op's arguments. */
struct Mixture {
  const float *x, *centres, *log_weights, *variances, *sigma;
  int64_t M, D;
  float reach;

  const float* centre(int64_t i) const { return centres + i * D; }
};

/** What is known of a row, and what its tile does to it. */
struct Row {
  float square_sigma, first_inverse;
  float largest = NO_LOGIT, sum = 0.0f, kept = 0.0f;
  float down = 1.0f;    // what the sums so far are scaled by
  bool live = false;    // it has distances in this tile
  int64_t weights = 0;  // that are not 0
};

/** The components of a tile at one noise level; one that is not there has no weight. */
struct Components {
  float inverse[CENTRES], share[CENTRES], prior[CENTRES];

  Components(const Mixture& of, int64_t i, int64_t wide) : dimension(float(of.D)), n(whole(wide, STRANDS)) {
    const float none = -__builtin_inff();
    for (int64_t q = 0; q < CENTRES; q++) {
      log_weight[q] = q >= wide ? none : of.log_weights ? of.log_weights[i + q] : 0.0f;
      variance[q] = q < wide && of.variances ? of.variances[i + q] : 0.0f;
      inverse[q] = 0.0f, prior[q] = none;
    }
  }

  /** Rows often have the same noise level. */
  void meet(const Row& row) {
    if (row.square_sigma == square_sigma) return;
    square_sigma = row.square_sigma;
    for (int64_t q = 0; q < n; q++) {
      Component c = component(log_weight[q], variance[q], row.square_sigma, row.first_inverse, dimension);
      inverse[q] = c.inverse, share[q] = c.share, prior[q] = c.prior;
    }
  }

  Component at(int64_t q) const { return {inverse[q], share[q], prior[q]}; }

 private:
  float log_weight[CENTRES], variance[CENTRES];
  float dimension, square_sigma = -1.0f;
  int64_t n;
};

constexpr int TALL = STRANDS == LANES ? 6 : 1;  // rows whose sums, with four centres, fill the registers
constexpr int PARTS = STRANDS / LANES;

/** The first n of LANES floats, then zeros. */
inline Vector load(const float* x, int64_t n) {
  if (n >= LANES) return load(x);
#if defined(__AVX512F__)
  return _mm512_maskz_loadu_ps(__mmask16((1u << n) - 1), x);
#else
  float padded[LANES] = {};
  for (int64_t i = 0; i < n; i++) padded[i] = x[i];
  return load(padded);
#endif
}

/** Adds coordinates j … j + n, n ≤ STRANDS. */
template <int rows, bool pairs>
inline void add_squares(Vector (&sum)[rows][4][PARTS], const float* const* x, const float* const* centre, int64_t j, int64_t n) {
  for (int p = 0; p < PARTS; p++) {
    Vector right[4];
#pragma GCC unroll 8
    for (int q = 0; q < 4; q++) right[q] = load(centre[q] + j + p * LANES, n - p * LANES);
#pragma GCC unroll 8
    for (int r = 0; r < (pairs ? 4 : rows); r++) {
      const Vector left = load(x[r] + j + p * LANES, n - p * LANES);
#pragma GCC unroll 8
      for (int q = 0; q < 4; q++)
        if (!pairs || q == r) {
          const Vector difference = left - right[q];
          Vector& to = sum[pairs ? 0 : r][q][p];
          to = multiply_add(difference, difference, to);
        }
    }
  }
}

/**
 * sums[r][q] = ‖x_r − centre_q‖² of rows and four centres, or sums[0][q] of four pairs; coordinate j in strand j mod 16. A function
 * by itself for the sake of its registers.
 */
template <int rows, bool pairs>
__attribute__((noinline)) void squares(float* sums, int64_t pitch, const float* const* x, const float* const* centre, int64_t D) {
  Vector sum[rows][4][PARTS];
#pragma GCC unroll 8
  for (int r = 0; r < rows; r++)
#pragma GCC unroll 8
    for (int q = 0; q < 4; q++)
      for (int p = 0; p < PARTS; p++) sum[r][q][p] = broadcast(0.0f);
  int64_t j = 0;
  for (; j + STRANDS <= D; j += STRANDS) add_squares<rows, pairs>(sum, x, centre, j, STRANDS);
  if (j < D) add_squares<rows, pairs>(sum, x, centre, j, D - j);
#pragma GCC unroll 8
  for (int r = 0; r < rows; r++) {
    Strands strands[4];
    __builtin_memcpy(&strands, &sum[r], sizeof strands);
    totals(sums + r * pitch, strands);
  }
}

inline Strands all(float x) { return Strands{} + x; }

/** The largest of sixteen, none of them NaN. */
inline float largest_of(Strands strands) {
#if defined(__AVX512F__)
  return _mm512_reduce_max_ps((__m512)strands);
#else
  float most = strands[0];
  for (int s = 1; s < STRANDS; s++) most = strands[s] > most ? strands[s] : most;
  return most;
#endif
}

/** Squared distances of a row become what its centres weigh in the numerator. */
inline void weigh(float* __restrict__ square, Row& row, const Components& components, float reach, int64_t wide) {
  const int64_t n = whole(wide, STRANDS);
  for (int64_t q = 0; q < n; q++) {
    const float level = logit(components.at(q), square[q]) + (square[q] - square[q]);  // an infinity is NaN
    square[q] = square[q] < 0.0f ? -__builtin_inff() : level;
  }
  Strands most = all(row.largest);
  for (int64_t q = 0; q < n; q += STRANDS) {
    const Strands level = strands(square + q, STRANDS);
    most = level > most ? level : most;
  }
  const float largest = largest_of(most), least = largest - reach;
  for (int64_t q = 0; q < n; q++) {
    const float weight = exponential(square[q] - largest);
    square[q] = square[q] < least ? 0.0f : weight;
  }
  Strands sum = {}, kept = {}, weights = {};
  for (int64_t q = 0; q < n; q += STRANDS) {
    const Strands weight = strands(square + q, STRANDS), stays = strands(components.share + q, STRANDS) * weight;
    const Strands moves = weight - stays;
    sum += weight;
    kept += stays;
    weights += weight != 0.0f ? all(1.0f) : Strands{};
    __builtin_memcpy(square + q, &moves, sizeof moves);
  }
  float in_all[4];
  totals(in_all, {sum, kept, weights, Strands{}});
  row.down = exponential(row.largest - largest);
  row.largest = largest;
  row.sum = fma(row.down, row.sum, in_all[0]);
  row.kept = fma(row.down, row.kept, in_all[1]);
  row.weights = int64_t(in_all[2]);
}

/** Moves the weights that are not 0 to the front, and says whose they are. */
inline void gather_weights(float* weight, uint8_t* index, bool* used, int64_t wide) {
  int64_t n = 0;
  for (int64_t q = 0; q < wide; q++) {
    const bool weighs = weight[q] != 0.0f;
    weight[n] = weight[q];
    index[n] = uint8_t(q);
    used[q] = used[q] || weighs;
    n += weighs;
  }
}

/** sums = Σ weight · line over n lines of F32::COLUMNS floats: a row of Tile<F32> without the weights that are 0. */
inline void add_lines(float* sums, const float* lines, const float* weight, const uint8_t* index, int64_t n) {
  Vector sum[NV];
  for (int v = 0; v < NV; v++) sum[v] = broadcast(0.0f);
  for (int64_t t = 0; t < n; t++)
    for (int v = 0; v < NV; v++)
      sum[v] = multiply_add(broadcast(weight[t]), load(lines + index[t] * F32::COLUMNS + v * LANES), sum[v]);
  for (int v = 0; v < NV; v++) store(sums + v * LANES, sum[v]);
}

/** to = scale · to + from, n ≤ F32::COLUMNS. */
inline void scale_and_add(float* __restrict__ to, float scale, const float* __restrict__ from, int64_t n) {
  if (n == F32::COLUMNS)
    for (int v = 0; v < NV; v++)
      store(to + v * LANES, multiply_add(broadcast(scale), load(to + v * LANES), load(from + v * LANES)));
  else
    for (int64_t q = 0; q < n; q++) to[q] = fma(scale, to[q], from[q]);
}

}  // namespace
}  // namespace sild
