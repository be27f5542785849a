// What the instructions do to a thread's tiles.
#pragma once

#include "decode.h"
#include "product.h"

namespace vamx {

// The 64 bytes that LDTILECFG reads.
struct Config {
  uint8_t palette, start_row, zero[14];
  uint16_t row_bytes[8], zeros[8];
  uint8_t rows[8], more_zeros[8];
};
static_assert(sizeof(Config) == 64);

// Beyond its rows and row bytes, a tile is zero.
struct Tiles {
  Config config;
  Tile tile[8];
};

enum class Outcome { DONE, UNDEFINED, PROTECTED };  // as in #UD and #GP: then nothing has changed

Outcome execute(const Instruction& instruction);

uint64_t products();  // executed by all threads

}  // namespace vamx
