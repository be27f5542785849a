// kernels/cpu/dsm_loss.cpp — loss and gradient in one pass; the clean sample is gathered again, not kept.
#include "../maths/dsm_loss.h"

#include "../maths/reductions.h"
#include "runtime/gather.h"

using namespace sild;

extern "C" SILD_OP(sild_dsm_loss)(float* dF, float* loss, float* error, const float* F, const float* noisy, const float* sigma,
                                  const sild_gather* g, int64_t B, float sigma_data, sild_stream* stream) {
  if (!valid(g) || (sigma_data != 0.0f && !noisy)) return SILD_BAD_ARGUMENT;
  constexpr int64_t CHUNK = 512;
  int64_t D = g->parts * g->width;
  parallel_rows(stream, B, D, [=](int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; b++) {
      if (b + 1 < end) ask_for(*g, b + 1);
      Precondition p = precondition(sigma[b], sigma_data);
      Denoising c = denoising(p, float(B) * float(D));
      float squares = 0.0f;
      for (int64_t e = 0; e < D; e += CHUNK) {
        int64_t n = std::min(CHUNK, D - e), at = b * D + e;
        float x[CHUNK], difference[CHUNK];
        gather(x, *g, b, e, n);
        for (int64_t i = 0; i < n; i++) difference[i] = fma(c.out, F[at + i], -x[i]);
        if (p.skip != 0.0f)
          for (int64_t i = 0; i < n; i++) difference[i] = fma(c.noisy, noisy[at + i], difference[i]);
        if (dF)
          for (int64_t i = 0; i < n; i++) dF[at + i] = c.gradient * difference[i];
        const float* d = difference;
        squares += strand_sum(n, [=](int64_t i) { return d[i] * d[i]; });
      }
      error[b] = squares;
      loss[b] = p.weight * squares / float(D);
    }
  });
  return SILD_OK;
}
