// kernels/cpu/random_features.cpp — weights are drawn 256 at a time, used for every row, and forgotten.
#include "../maths/random_features.h"

#include "../maths/reductions.h"
#include "runtime/noise.h"
#include "runtime/stream.h"

using namespace sild;

extern "C" SILD_OP(sild_random_features)(float* features, const float* x, int64_t B, int64_t P, int64_t D, int kind, float scale,
                                         uint32_t seed, uint32_t purpose, uint64_t first_feature, sild_stream* stream) {
  if (D < 1 || kind < FEATURE_COSINE || kind > FEATURE_TANH) return SILD_BAD_ARGUMENT;
  Key key{seed, purpose};
  parallel_for(stream, P, 1, std::max<int64_t>(2, 8192 / std::max<int64_t>(B * D, 1)), [=](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; p++) {
      uint64_t feature = first_feature + uint64_t(p);
      for (int64_t b = 0; b < B; b++) features[b * P + p] = 0.0f;
      for (int64_t e = 0; e < D; e += NOISE_CHUNK) {
        float w[NOISE_CHUNK];
        fill_normals(w, key, e, std::min<int64_t>(NOISE_CHUNK, D - e), feature, 0);
        for (int64_t b = 0; b < B; b++) {
          const float* row = x + b * D + e;
          features[b * P + p] += strand_sum(std::min<int64_t>(NOISE_CHUNK, D - e), [&](int64_t j) { return w[j] * row[j]; });
        }
      }
      uint32_t phase = feature_phase(key, feature);
      for (int64_t b = 0; b < B; b++) features[b * P + p] = random_feature(kind, scale * features[b * P + p], phase);
    }
  });
  return SILD_OK;
}
