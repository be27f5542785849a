// From machine code to an Instruction.
#pragma once

#include <ucontext.h>

#include <cstdint>
#include <optional>

namespace vamx {

enum class Operation { LOAD_CONFIG, STORE_CONFIG, RELEASE, ZERO, LOAD, STORE, PRODUCT };

struct Instruction {
  Operation operation;
  unsigned length;           // bytes
  unsigned tile;             // ZERO, LOAD, STORE; PRODUCT: where it accumulates
  unsigned left, right;      // PRODUCT
  uint64_t address, stride;  // LOAD, STORE; the configuration's address
};

// What stands where REG_RIP points, its address made from the registers. Nothing if it is none of the seven.
std::optional<Instruction> decode(const gregset_t& registers);

}  // namespace vamx
