// kernels/maths/norm.h — layer norm (Ba, Kiros, Hinton 2016), over the N columns of one row.
//
//   x̂ = (x − μ) r,  μ = mean x,  r = 1/√(var x + 10⁻⁵),   y = g x̂ + s
//   dx = r ( g dy − mean(g dy) − x̂ mean(g dy x̂) )         dg = Σ_rows dy x̂      ds = Σ_rows dy
#pragma once

#include "reductions.h"

namespace sild {

constexpr float NORM_EPSILON = 1e-5f;

}  // namespace sild
