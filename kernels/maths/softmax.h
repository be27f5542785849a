// kernels/maths/softmax.h — p_c = e^{l_c − max l}/Σ_c e^{l_c − max l};  dl_c = p_c (dp_c − Σ_c p_c dp_c).
//
// Where a loss is the cross-entropy of p, cross_entropy.h has its gradient at once.
#pragma once

#include "elementary.h"

namespace sild {

/** The larger; a NaN is none. It shows in its exponential. */
SILD_FN float larger(float a, float b) { return b > a ? b : a; }

}  // namespace sild
