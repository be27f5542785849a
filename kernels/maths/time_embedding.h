// kernels/maths/time_embedding.h — Fourier features of c_noise = ¼ ln σ.
//
//   e_j = cos(2π f_j c),  e_{j + E/2} = sin(2π f_j c),   f_j = ¼ · 32^{j/(E/2 − 1)}            j = 0 … E/2 − 1
//
// c runs over about [−1.6, 1.1] for σ in [0.002, 80]: the lowest frequency is monotone there, the highest tells σ apart by 1 %.
#pragma once

#include "elementary.h"

namespace sild {

SILD_FN float frequency(int j, int half) {
  float exponent = half > 1 ? float(j) / float(half - 1) : 0.0f;
  return 0.25f * exponential(exponent * 3.4657359028f);  // 32^exponent
}

SILD_FN void embed(float sigma, float frequency, float* cosine, float* sine) {
  float turns = 0.25f * logarithm(sigma) * frequency;
  turns = turns - float(int32_t(turns));                              // (−1, 1): whole turns change nothing
  uint32_t word = uint32_t(int32_t(turns * 0x1p31f)) << 1;            // 2^31 units a turn; the shift drops the sign's turn
  sincos_turn(word, sine, cosine);
}

}  // namespace sild
