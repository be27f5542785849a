// kernels/cpu/reductions.cpp — sums in a fixed order: parts of fixed size, then the parts.
#include "../maths/reductions.h"

#include "runtime/stream.h"

using namespace sild;

extern "C" {

SILD_OP(sild_sum_of_squares)(double* sum, const float* x, int64_t n, sild_stream* stream) {
  constexpr int64_t CAPACITY = int64_t(sild_stream::SCRATCH_FLOATS / 2);
  int64_t part = 4096;
  while ((n + part - 1) / part > CAPACITY) part *= 2;
  double* parts = reinterpret_cast<double*>(stream->scratch);
  parallel_for(stream, n, part, 4 * part, [=](int64_t begin, int64_t end) {
    for (int64_t at = begin; at < end; at += part) {
      int64_t stop = std::min(end, at + part), i = at;
      double strand[STRANDS] = {};
      for (; i + STRANDS <= stop; i += STRANDS)
        for (int s = 0; s < STRANDS; s++) strand[s] += double(x[i + s]) * double(x[i + s]);
      for (; i < stop; i++) strand[0] += double(x[i]) * double(x[i]);
      double total = 0.0;
      for (int s = 0; s < STRANDS; s++) total += strand[s];
      parts[at / part] = total;
    }
  });
  double total = 0.0;
  for (int64_t i = 0; i < (n + part - 1) / part; i++) total += parts[i];
  *sum = total;
  return SILD_OK;
}

SILD_OP(sild_bin_errors)(double* sums, const float* sigma, const float* error, const float* loss, int64_t B, int64_t bins, float low,
                         float high, sild_stream*) {
  if (bins < 1 || !(high > low)) return SILD_BAD_ARGUMENT;
  for (int64_t b = 0; b < B; b++) {
    float place = (logarithm(sigma[b]) - low) / (high - low) * float(bins);
    int64_t bin = std::min<int64_t>(bins - 1, place > 0.0f ? int64_t(place) : 0);
    double* at = sums + 4 * bin;
    at[0] += 1.0;
    at[1] += double(error[b]);
    at[2] += double(error[b]) * double(error[b]);
    at[3] += double(loss[b]);
  }
  return SILD_OK;
}

SILD_OP(sild_row_maximum)(float* value, int32_t* index, const float* x, int64_t B, int64_t N, sild_stream* stream) {
  if (N < 1 || N > INT32_MAX) return SILD_BAD_ARGUMENT;
  parallel_rows(stream, B, N, [=](int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; b++) {
      const float* row = x + b * N;
      int64_t best = 0;
      for (int64_t j = 1; j < N; j++)
        if (!(row[j] <= row[best]) && row[best] == row[best]) best = j;  // the first NaN is the maximum
      value[b] = row[best];
      index[b] = int32_t(best);
    }
  });
  return SILD_OK;
}
}
