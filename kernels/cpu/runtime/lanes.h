// kernels/cpu/runtime/lanes.h — small products in the first cache: numbers from memory, one by one, times rows of lanes.
//
//   c[r][j] (+)= Σ_k a_rk x[k][j],  j < columns ≤ 64                           rows of c and x lie LINE floats apart
//
// a is taken as it lies, along either dimension, because each of its numbers fills a register anyway. So nothing is packed. A sum's
// terms are added one after the other, in the order of k, on every instruction set.
#pragma once

#include <algorithm>

#include "vector.h"

namespace sild {
namespace {

constexpr int64_t LINE = 64;

/** a_rk at data[r · row + k · step]. */
struct Left {
  const float* data;
  int64_t row, step;
};

template <int vectors, bool add>
__attribute__((noinline)) void multiply_lanes(float* c, Left a, int64_t rows, const float* x, int64_t K) {
  const float* row[MR];
  for (int i = 0; i < MR; i++) row[i] = a.data + std::min<int64_t>(i, rows - 1) * a.row;
  Vector sum[MR][vectors];
  for (int i = 0; i < MR; i++)
    for (int j = 0; j < vectors; j++) sum[i][j] = add && i < rows ? load(c + i * LINE + j * LANES) : broadcast(0.0f);
  for (int64_t k = 0, at = 0; k < K; k++, at += a.step, x += LINE) {
    Vector right[vectors];
    for (int j = 0; j < vectors; j++) right[j] = load(x + j * LANES);
    for (int i = 0; i < MR; i++) {
      const Vector left = broadcast(row[i][at]);
      for (int j = 0; j < vectors; j++) sum[i][j] = multiply_add(left, right[j], sum[i][j]);
    }
  }
  for (int i = 0; i < MR; i++)
    if (i < rows)
      for (int j = 0; j < vectors; j++) store(c + i * LINE + j * LANES, sum[i][j]);
}

/** c of M rows; columns are rounded up to whole vectors. */
template <bool add>
inline void multiply_lanes(float* c, Left a, int64_t M, const float* x, int64_t K, int64_t columns) {
  for (int64_t j = 0; j < columns; j += NV * LANES)
    for (int64_t r = 0; r < M; r += MR) {
      const Left left{a.data + r * a.row, a.row, a.step};
      const int64_t rows = std::min<int64_t>(MR, M - r), vectors = (columns - j + LANES - 1) / LANES;
      float* to = c + r * LINE + j;
      if (vectors >= NV) multiply_lanes<NV, add>(to, left, rows, x + j, K);
      if constexpr (NV > 1)
        if (vectors == 1) multiply_lanes<1, add>(to, left, rows, x + j, K);
      if constexpr (NV > 2)
        if (vectors == 2) multiply_lanes<2, add>(to, left, rows, x + j, K);
      if constexpr (NV > 3)
        if (vectors == 3) multiply_lanes<3, add>(to, left, rows, x + j, K);
    }
}

}  // namespace
}  // namespace sild
