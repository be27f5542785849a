// kernels/maths/token_embedding.h — x_bt = table[token_bt], and the tokens themselves as labels.
//
//   token_bt = tokens[index_b, t]                    tokens: (n, T) u8  index: (B)  table: (V, E)  x: (B·T, E)  labels: (B·T) u8
//
// A token that is no row of the table, V or more, gives a row of NaN.
#pragma once

#include "function.h"

namespace sild {

/** Where the token of a row of x stands in the bank. index may be null: sample b is row b. */
SILD_FN int64_t token_at(int64_t row, const int32_t* index, int64_t T) {
  if (!index) return row;
  const int64_t b = uint32_t(row) / uint32_t(T);  // rows and tokens are fewer than 2³²
  return int64_t(index[b]) * T + (row - b * T);
}

}  // namespace sild
