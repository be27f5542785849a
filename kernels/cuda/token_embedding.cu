// kernels/cuda/token_embedding.cu — rows of a table, by tokens out of a bank.
//
//   x: (B·T, E)   labels: (B·T) u8   tokens: (n, T) u8   index: (B)   table: (V, E)      the rule: maths/token_embedding.h
//
// 4 bytes an element, 1.2 ps on an H100: x alone, as the table, at most 256 rows, stays in cache. A thread has four columns and
// goes from row to row. Bound by memory.
#include "../maths/token_embedding.h"

#include "runtime/tile.cuh"

namespace sild {

// Block (T, Y) of ⌈E/4⌉ columns: tile.cuh. index may be null.
extern "C" __global__ void __launch_bounds__(256)
    sild_token_embedding(float* __restrict__ x, uint8_t* __restrict__ labels, const uint8_t* __restrict__ tokens,
                         const int32_t* __restrict__ index, const float* __restrict__ table, int64_t rows, int64_t T, int64_t V,
                         int64_t E) {
  const int64_t column = 4 * tile_column();
  if (column >= E) return;
  const bool whole = wide(x, table) && E % 4 == 0;
  const float none = __int_as_float(0x7fffffff);
#pragma unroll 1
  for (int64_t row = tile_row(); row < rows; row += tile_stride()) {
    const int64_t token = tokens[token_at(row, index, T)];
    float4 q = {none, none, none, none};
    if (token < V) q = fetch(table + token * E, column, E, whole);
    put(x + row * E, column, E, whole, q);
    if (column == 0) labels[row] = uint8_t(token);
  }
}

}  // namespace sild
