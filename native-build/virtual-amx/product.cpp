#include "product.h"

#include <immintrin.h>

#include <bit>

namespace vamx {
namespace {

constexpr unsigned NEAREST_WITHOUT_DENORMALS = 0x9FC0;  // flush to zero, denormals are zeros, no exceptions

float value(uint32_t bits) { return std::bit_cast<float>(bits); }
float low(uint32_t pair) { return value(pair << 16); }
float high(uint32_t pair) { return value(pair & 0xFFFF0000); }

// Not inlined: the compiler may move arithmetic across the setting of MXCSR, but not across a call that writes memory.
[[gnu::noinline]] void accumulate(Tile& c, const Tile& a, const Tile& b, Extent extent) {
  for (unsigned m = 0; m < extent.rows; m++) {
    float even[COLUMNS] = {}, odd[COLUMNS] = {};
    for (unsigned k = 0; k < extent.depth; k++) {
      float a0 = low(a[m][k]), a1 = high(a[m][k]);
      for (unsigned n = 0; n < COLUMNS; n++) even[n] = __builtin_fmaf(a0, low(b[k][n]), even[n]);
      for (unsigned n = 0; n < COLUMNS; n++) odd[n] = __builtin_fmaf(a1, high(b[k][n]), odd[n]);
    }
    for (unsigned n = 0; n < extent.columns; n++) c[m][n] = std::bit_cast<uint32_t>(value(c[m][n]) + (even[n] + odd[n]));
  }
}

}  // namespace

void product(Tile& c, const Tile& a, const Tile& b, Extent extent) {
  unsigned before = _mm_getcsr();
  _mm_setcsr(NEAREST_WITHOUT_DENORMALS);
  accumulate(c, a, b, extent);
  _mm_setcsr(before);
}

}  // namespace vamx
