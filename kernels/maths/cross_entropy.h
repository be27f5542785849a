// kernels/maths/cross_entropy.h — loss = log Σ_c e^{l_c} − l_label;  ∂loss/∂l_c = softmax_c − [c = label].
#pragma once

#include "elementary.h"

namespace sild {

/** Σ_c e^{l_c − max}: at least 1, so its logarithm is finite. */
SILD_FN float shifted_sum(const float* logits, int64_t classes, float maximum) {
  float sum = 0.0f;
  for (int64_t c = 0; c < classes; c++) sum += exponential(logits[c] - maximum);
  return sum;
}

}  // namespace sild
