// kernels/cpu/cross_entropy.cpp
#include "../maths/cross_entropy.h"

#include "runtime/stream.h"

using namespace sild;

extern "C" SILD_OP(sild_cross_entropy)(float* dlogits, float* loss, float* correct, const float* logits, const uint8_t* labels,
                                       const int32_t* index, int64_t B, int64_t C, sild_stream* stream) {
  parallel_rows(stream, B, C, [=](int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; b++) {
      const float* row = logits + b * C;
      int64_t label = labels[index ? index[b] : b], best = 0;
      for (int64_t c = 1; c < C; c++)
        if (row[c] > row[best]) best = c;
      float sum = shifted_sum(row, C, row[best]);
      loss[b] = sum == sum ? logarithm(sum) + row[best] - row[label] : sum;  // the logarithm of a NaN is a number
      correct[b] = best == label ? 1.0f : 0.0f;
      if (dlogits)
        for (int64_t c = 0; c < C; c++)
          dlogits[b * C + c] = (exponential(row[c] - row[best]) / sum - (c == label ? 1.0f : 0.0f)) / float(B);
    }
  });
  return SILD_OK;
}
