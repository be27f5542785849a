// kernels/maths/resample.h — between a plane and the plane of twice its height and width.
//
//   UP:    y[2i + u, 2j + v] = scale · x[i, j],  u, v ∈ {0, 1}: the nearest neighbour
//   DOWN:  y[i, j] = scale · ¼ Σ_{u,v} x[2i + u, 2j + v]: the mean of each 2 × 2
//
// DOWN with scale 4 is the transpose of UP with scale 1, and UP with scale ¼ that of DOWN: either is the other's backward pass.
#pragma once

#include "elementary.h"

namespace sild {

enum Resampling { UP = 0, DOWN = 1 };

/** Pairs of a row first: the same order, and so the same bits, on every device. */
SILD_FN float mean4(float a, float b, float c, float d) { return 0.25f * ((a + b) + (c + d)); }

}  // namespace sild
