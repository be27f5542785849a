// kernels/cpu/token_embedding.cpp
#include "../maths/token_embedding.h"

#include "runtime/stream.h"

using namespace sild;

extern "C" SILD_OP(sild_token_embedding)(float* x, uint8_t* labels, const uint8_t* tokens, const int32_t* index, const float* table,
                                         int64_t B, int64_t T, int64_t V, int64_t E, sild_stream* stream) {
  if (B * T > int64_t(UINT32_MAX)) return SILD_BAD_ARGUMENT;
  parallel_rows(stream, B * T, E, [=](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; row++) {
      const int64_t token = labels[row] = tokens[token_at(row, index, T)];
      if (token < V)
        std::copy(table + token * E, table + (token + 1) * E, x + row * E);
      else
        std::fill(x + row * E, x + (row + 1) * E, __builtin_nanf(""));
    }
  });
  return SILD_OK;
}
