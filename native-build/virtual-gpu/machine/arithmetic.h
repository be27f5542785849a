// Opcodes such as add belong to every kind of type: each kind says how it does them.
#pragma once

#include "decoder.h"

namespace vgpu {

enum class Arithmetic : uint8_t { ADD, SUB, MUL, MAD, FMA, DIV, REM, MIN, MAX, ABS, NEG };

void decode_integer(Decoder& decoder, Arithmetic operation, Type type);
void decode_floating(Decoder& decoder, Arithmetic operation, Type type);
void decode_half(Decoder& decoder, Arithmetic operation, Type type);

}  // namespace vgpu
