// A kernel as the interpreter runs it: every operand resolved to a place, every instruction to a function.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "types.h"

namespace vgpu {

class Warp;
struct Instruction;

// Runs one instruction for the lanes of `active` (never empty).
using Execute = void (*)(Warp& warp, const Instruction& instruction, uint32_t active);

// Where a value lies. A register of 1, 2, 4 or 8 bytes is an array of 32 lanes; a predicate is one word, a bit a lane.
struct Operand {
  enum Place : uint8_t { REGISTER, CONSTANT, SINK };
  uint32_t offset = 0;   // in bytes, into the warp's registers or the program's constants
  Place place = SINK;    // SINK: `_`, a result nobody wants
  uint8_t bytes = 0;     // 0: a predicate
  bool negated = false;  // `!p`

  bool wanted() const { return place != SINK; }
};

// How an access takes part in the memory model; see races.h.
enum class Strength : uint8_t {
  WEAK,           // may come from an L1 that other blocks do not share
  UNCACHED,       // .cg, .cv: read at L2, so a read after a spin sees what was there
  NON_COHERENT,   // .nc: the memory must not be written during the launch
  STRONG,         // .volatile, .relaxed, atomics
  ACQUIRE, RELEASE, ACQUIRE_RELEASE
};

struct Access {
  Space space = Space::GENERIC;
  Strength strength = Strength::WEAK;
  uint8_t element = 0;  // bytes of one element in memory
  uint8_t count = 1;    // elements of a vector access
  bool extend = false;  // sign-extends into a wider register
  Operand base;         // a register or constant that holds the address
  int64_t displacement = 0;
  uint32_t bytes() const { return uint32_t(element) * count; }
};

struct Instruction {
  Execute execute = nullptr;
  Execute complete = nullptr;     // of a block's barrier: runs when its warps are let go
  std::array<Operand, 16> o;      // results first, then sources, in the order that PTX writes them
  uint8_t operands = 0;
  uint8_t results = 0;            // how many of `o` are results, where that varies
  Operand guard;                  // @p, @!p; SINK: unguarded
  bool decides = false;           // a branch: it runs for every lane that comes to it, also for those that stay
  bool converges = false;         // .sync, .aligned, barriers: waits for its members, see warp.h
  bool anywhere = false;          // members may wait at different instructions of this kind
  Operand members;                // the mask of lanes that take part; SINK: every lane of the warp
  uint8_t variant = 0;            // what the instruction's own file makes of it
  uint32_t immediate = 0;         // likewise
  uint32_t target = 0;            // of a branch
  std::vector<uint32_t> targets;  // of an indexed branch
  Access access;
  int line = 0;
};

enum class Special : uint8_t {
  TID_X, TID_Y, TID_Z, NTID_X, NTID_Y, NTID_Z, CTAID_X, CTAID_Y, CTAID_Z, NCTAID_X, NCTAID_Y, NCTAID_Z,
  LANEID, WARPID, NWARPID, SMID, NSMID, GRIDID, LANEMASK_EQ, LANEMASK_LT, LANEMASK_LE, LANEMASK_GT, LANEMASK_GE,
  DYNAMIC_SHARED, TOTAL_SHARED
};

struct Program {
  struct SpecialRegister {
    Special what;
    uint32_t offset;
  };
  std::string kernel;
  std::vector<Instruction> instructions;
  std::vector<std::string> text;     // of each instruction, for messages
  std::vector<std::string> opcodes;  // of each instruction, for statistics: "mma.sync"
  std::vector<uint8_t> constants;    // immediates, repeated for 32 lanes
  std::map<std::pair<uint64_t, uint32_t>, uint32_t> constant_offsets;  // (bits, bytes) → where, so that equal ones share
  std::vector<SpecialRegister> specials;
  uint32_t registers = 0;            // declared and used
  uint32_t register_bytes = 0;       // of one warp
  uint32_t local_bytes = 0;          // of one thread
  uint32_t static_shared = 0;
  uint32_t granule_shift = 2;        // log2 of the bytes that the race check tells apart: the narrowest store
};

}  // namespace vgpu
