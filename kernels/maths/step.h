// kernels/maths/step.h — what changes from one training step, or one batch of samples, to the next.
#pragma once

#include "function.h"

namespace sild {

/** It lives in device memory, so that a captured graph can be replayed with new values. */
struct Step {
  uint64_t first_sample;    // samples seen before this step: the Philox address of row 0
  float learning_rate;      // η
  float first_correction;   // 1/(1 − β₁ᵗ)
  float second_correction;  // 1/(1 − β₂ᵗ)
  float ema_decay;          // h
  float second_ema_decay;   // that of a second average, if there is one
};

static_assert(sizeof(Step) == 32, "what the host writes");

}  // namespace sild
