// Literals of PTX: integers in four bases, 0f/0d hexadecimal floats, decimal floats.
#pragma once

#include <cstdint>
#include <string>

#include "types.h"

namespace vgpu {

bool parse_integer(const std::string& text, int64_t* value);

// The bits that a literal has as a value of `type`; false where the text is none.
bool parse_literal(const std::string& text, Type type, uint64_t* bits);

}  // namespace vgpu
