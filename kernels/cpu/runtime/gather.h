// kernels/cpu/runtime/gather.h — the clean sample, made again wherever it is needed: a byte read is cheaper than a float kept.
#pragma once

#include "stream.h"

namespace sild {
namespace {

template <class T>
inline void normalise(float* __restrict__ x, const T* __restrict__ raw, const float* __restrict__ scale,
                      const float* __restrict__ shift, int64_t n) {
  for (int64_t i = 0; i < n; i++) x[i] = __builtin_fmaf(float(raw[i]), scale[i], shift[i]);
}

/** x[0 … n) = coordinates first … first + n of sample b. */
inline void gather(float* x, const sild_gather& g, int64_t b, int64_t first, int64_t n) {
  while (n > 0) {
    int64_t part = first / g.width, at = first % g.width, run = std::min(n, g.width - at);
    int64_t row = g.index ? g.index[b * g.parts + part] : b * g.parts + part;
    int64_t from = row * g.width + at;
    if (g.type == SILD_U8)
      normalise(x, static_cast<const uint8_t*>(g.data) + from, g.scale + first, g.shift + first, run);
    else
      normalise(x, static_cast<const float*>(g.data) + from, g.scale + first, g.shift + first, run);
    x += run;
    first += run;
    n -= run;
  }
}

/** Asks for sample b before its turn: its rows lie anywhere. */
inline void ask_for(const sild_gather& g, int64_t b) {
  int64_t size = g.type == SILD_U8 ? 1 : int64_t(sizeof(float));
  for (int64_t part = 0; part < g.parts; part++) {
    int64_t row = g.index ? g.index[b * g.parts + part] : b * g.parts + part;
    const char* from = static_cast<const char*>(g.data) + row * g.width * size;
    for (int64_t at = 0; at < g.width * size; at += 64) __builtin_prefetch(from + at, 0, 2);
  }
}

inline bool valid(const sild_gather* g) {
  return g && g->data && g->scale && g->shift && g->rows > 0 && g->width > 0 && g->parts > 0 &&
         (g->type == SILD_F32 || g->type == SILD_U8);
}

}  // namespace
}  // namespace sild
