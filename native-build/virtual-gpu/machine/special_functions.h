// Functions that hardware approximates. They come out correctly rounded (or nearly); under the `approximate` switch each result
// carries a pseudo-random error within the bound that the PTX manual states for it.
#pragma once

#include "decoder.h"

namespace vgpu {

enum class Approximation : uint8_t { RCP, SQRT, RSQRT, EX2, LG2, SIN, COS, TANH };

// False where the instruction names a rounding instead of .approx.
bool decode_approximation(Decoder& decoder, Approximation approximation);

// div.approx and div.full; false for div.rn and the like.
bool decode_approximate_division(Decoder& decoder, Type type);

}  // namespace vgpu
