// kernels/cpu/time_embedding.cpp
#include "../maths/time_embedding.h"

#include "runtime/stream.h"

using namespace sild;

extern "C" SILD_OP(sild_time_embedding)(float* embedding, const float* sigma, int64_t B, int64_t E, sild_stream* stream) {
  if (E < 2 || E % 2 != 0) return SILD_BAD_ARGUMENT;
  int64_t half = E / 2;
  parallel_rows(stream, B, E, [=](int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; b++) {
      float* row = embedding + b * E;
      for (int64_t j = 0; j < half; j++) embed(sigma[b], frequency(int(j), int(half)), row + j, row + half + j);
    }
  });
  return SILD_OK;
}
