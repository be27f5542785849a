// kernels/maths/normal.h — four standard normals from four Philox words.
//
//   Box–Muller: r = √(−2 ln u), (r cos θ, r sin θ), u ∈ (0, 1], θ uniform on the circle.     |n| ≤ 6.77
//
// √ is correctly rounded everywhere and the rest is elementary.h, so the normals are bit-identical on CPU and GPU.
#pragma once

#include "elementary.h"
#include "philox.h"

namespace sild {

struct Normals {
  float x, y, z, w;
};

SILD_FN Normals normals(Words words) {
  float radius0 = square_root(-2.0f * logarithm(uniform(words.x)));
  float radius1 = square_root(-2.0f * logarithm(uniform(words.z)));
  float sine0, cosine0, sine1, cosine1;
  sincos_turn(words.y, &sine0, &cosine0);
  sincos_turn(words.w, &sine1, &cosine1);
  return {radius0 * cosine0, radius0 * sine0, radius1 * cosine1, radius1 * sine1};
}

}  // namespace sild
