// kernels/cpu/runtime/product.h — the matrix product behind every layer.
//
//   c(M, N) = Σ_k a(M, k) b(k, N), then an epilogue on each row piece while it is in the first cache.
//
// Goto & van de Geijn 2008: b is packed into panels of NR columns and a into panels of MR rows, so that the inner loop reads
// both in order; k is cut into blocks of KC, whose b panel stays in the first cache. The sum over k has the same order for any
// number of threads: threads share tiles, never a sum.
#pragma once

#include "stream.h"
#include "vector.h"

namespace sild {
namespace {

/** An operand as it lies in memory: element (i, j) at data[i · row + j · column]. */
struct Matrix {
  const float* data;
  int64_t row, column;
};

constexpr int64_t KC = 256;
constexpr int64_t MC = 2048 / MR * MR;
constexpr int64_t NC = 8192 / NR * NR;
static_assert(size_t((MC + NC) * KC) <= sild_stream::SCRATCH_FLOATS, "the packed blocks must fit the scratch memory");

/** panel[k][i] = m(i, k) for i < size; rows past `valid` are zero. */
template <int size>
inline void pack(float* __restrict__ panel, Matrix m, int64_t valid, int64_t depth) {
  if (valid < size) std::fill(panel, panel + size * depth, 0.0f);
  if (m.row == 1) {  // the panel's rows are neighbours in memory: copy k by k
    for (int64_t k = 0; k < depth; k++)
      for (int64_t i = 0; i < valid; i++) panel[k * size + i] = m.data[k * m.column + i];
  } else {
    for (int64_t i = 0; i < valid; i++)
      for (int64_t k = 0; k < depth; k++) panel[k * size + i] = m.data[i * m.row + k * m.column];
  }
}

/** tile[i][j] = Σ_k a[k][i] b[k][j] over packed panels. */
inline void multiply_tile(float* __restrict__ tile, const float* __restrict__ a, const float* __restrict__ b, int64_t depth) {
  Vector sum[MR][NV];
  for (int i = 0; i < MR; i++)
    for (int j = 0; j < NV; j++) sum[i][j] = broadcast(0.0f);
  for (int64_t k = 0; k < depth; k++, a += MR, b += NR) {
    Vector column[NV];
    for (int j = 0; j < NV; j++) column[j] = load(b + j * LANES);
    for (int i = 0; i < MR; i++) {
      Vector row = broadcast(a[i]);
      for (int j = 0; j < NV; j++) sum[i][j] = multiply_add(row, column[j], sum[i][j]);
    }
  }
  for (int i = 0; i < MR; i++)
    for (int j = 0; j < NV; j++) store(tile + i * NR + j * LANES, sum[i][j]);
}

/**
 * c (+)= a b, row stride N. Once the sum over k of a piece is complete, epilogue(sum, i, j, width) takes the sums of columns
 * j … j + width of row i and stores what becomes of them; before that, c holds the partial sums.
 */
template <class Epilogue>
void multiply(sild_stream* stream, float* c, Matrix a, Matrix b, int64_t M, int64_t N, int64_t K, bool add,
              const Epilogue& epilogue) {
  float* packed_a = stream->scratch;
  float* packed_b = stream->scratch + MC * KC;
  auto body = [&](int member, int members) {
    for (int64_t j0 = 0; j0 < N; j0 += NC) {
      int64_t columns = std::min(NC, N - j0), column_panels = (columns + NR - 1) / NR;
      for (int64_t k0 = 0; k0 < K; k0 += KC) {
        int64_t depth = std::min(KC, K - k0);
        bool first = k0 == 0 && !add, last = k0 + depth == K;
        Range mine = share(column_panels, 1, member, members);
        for (int64_t p = mine.begin; p < mine.end; p++) {
          int64_t j = j0 + p * NR;
          pack<NR>(packed_b + p * NR * depth, {b.data + k0 * b.row + j * b.column, b.column, b.row}, std::min<int64_t>(NR, N - j),
                   depth);
        }
        for (int64_t i0 = 0; i0 < M; i0 += MC) {
          int64_t rows = std::min(MC, M - i0), row_panels = (rows + MR - 1) / MR;
          Range packs = share(row_panels, 1, member, members);
          for (int64_t p = packs.begin; p < packs.end; p++) {
            int64_t i = i0 + p * MR;
            pack<MR>(packed_a + p * MR * depth, {a.data + i * a.row + k0 * a.column, a.row, a.column},
                     std::min<int64_t>(MR, M - i), depth);
          }
          stream->team->meet(members);
          Range tiles = share(column_panels * row_panels, 1, member, members);
          for (int64_t t = tiles.begin; t < tiles.end; t++) {
            int64_t jp = t / row_panels, ip = t % row_panels;
            alignas(64) float tile[MR * NR];
            multiply_tile(tile, packed_a + ip * MR * depth, packed_b + jp * NR * depth, depth);
            int64_t i = i0 + ip * MR, j = j0 + jp * NR;
            int64_t height = std::min<int64_t>(MR, M - i), width = std::min<int64_t>(NR, N - j);
            for (int64_t r = 0; r < height; r++) {
              float* __restrict__ sum = tile + r * NR;
              float* __restrict__ at = c + (i + r) * N + j;
              if (!first)
                for (int64_t q = 0; q < width; q++) sum[q] += at[q];
              if (last)
                epilogue(sum, i + r, j, width);
              else
                std::copy(sum, sum + width, at);
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

/** c (+)= a b. */
inline void multiply(sild_stream* stream, float* c, Matrix a, Matrix b, int64_t M, int64_t N, int64_t K, bool add) {
  multiply(stream, c, a, b, M, N, K, add,
           [=](const float* sum, int64_t i, int64_t j, int64_t width) { std::copy(sum, sum + width, c + i * N + j); });
}

}  // namespace
}  // namespace sild
