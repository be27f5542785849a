// kernels/cpu/adamw_ema.cpp — one pass over all parameters; nothing moves once a gradient was not finite.
#include "../maths/adamw_ema.h"

#include "runtime/stream.h"

struct sild_step : sild::Step {};

using namespace sild;

namespace {

/** By itself, with its numbers by value: inside a closure they might be among the floats that it writes. */
template <bool two>
__attribute__((noinline)) void update(float* __restrict__ p, float* __restrict__ m, float* __restrict__ v, float* __restrict__ ema,
                                      float* __restrict__ second, const float* __restrict__ g, int64_t n, float shrink, Step step,
                                      AdamW rule) {
  for (int64_t i = 0; i < n; i++) {
    adamw_ema(p + i, m + i, v + i, ema + i, shrink * g[i], step, rule);
    if (two) moving_average(second + i, p[i], step.second_ema_decay);
  }
}

}  // namespace

extern "C" SILD_OP(sild_adamw_ema)(float* p, float* m, float* v, float* ema, float* second_ema, int64_t* stopped,
                                   const float* g, const double* squared_norm, int64_t n, const sild_step* step, float beta1,
                                   float beta2, float epsilon, float weight_decay, float clip, sild_stream* stream) {
  bool finite = __builtin_isfinite(*squared_norm);
  if (*stopped == 0 && !finite) *stopped = 1 + int64_t(step->first_sample);
  if (*stopped != 0) return SILD_OK;
  double norm = __builtin_sqrt(*squared_norm);
  float shrink = clip > 0.0f && norm > clip ? float(clip / norm) : 1.0f;
  AdamW rule{beta1, beta2, epsilon, weight_decay};
  Step now = *step;
  parallel_for(stream, n, 64, 16384, [=](int64_t begin, int64_t end) {
    if (second_ema)
      update<true>(p + begin, m + begin, v + begin, ema + begin, second_ema + begin, g + begin, end - begin, shrink, now, rule);
    else
      update<false>(p + begin, m + begin, v + begin, ema + begin, nullptr, g + begin, end - begin, shrink, now, rule);
  });
  return SILD_OK;
}
