// TDPBF16PS: c(m, n) += Σ_k a(m, k)₀·b(k, n)₀ + Σ_k a(m, k)₁·b(k, n)₁, where a and b are pairs of bf16, ₀ the low half.
//
// After the manual's pseudocode: each of the two sums is accumulated in f32 by fma in the order of k, starting from +0; then they
// are added to each other, and the result to c. Every step rounds to nearest even, reads denormals as zeros and flushes those that
// it makes; MXCSR has no say.
#pragma once

#include <cstdint>

namespace vamx {

constexpr unsigned ROWS = 16, COLUMNS = 16;  // of 32 bits
using Tile = uint32_t[ROWS][COLUMNS];

struct Extent {
  unsigned rows, columns, depth;  // a: (rows, depth), b: (depth, columns), c: (rows, columns)
};

// Elements of c beyond the extent stay as they are.
void product(Tile& c, const Tile& a, const Tile& b, Extent extent);

}  // namespace vamx
