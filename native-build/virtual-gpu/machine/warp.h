// A warp: 32 lanes in groups by program counter.
//
// The group with the lowest program counter runs first, and groups that meet merge: structured code reconverges by itself. An
// instruction that names members (.sync) holds its group back until every live member has arrived. With a schedule seed, groups
// are also torn apart at random and run in random order for a while, which is what hardware since Volta may do.
#pragma once

#include <cstring>
#include <vector>

#include "clocks.h"
#include "fault.h"
#include "instruction.h"
#include "random.h"

namespace vgpu {

class Block;

struct Group {
  enum State : uint8_t { READY, CONVERGING, BARRIER };
  uint32_t pc;
  uint32_t lanes;
  State state;
};

// A bulk of bytes on its way from global to shared memory.
struct AsyncCopy {
  uint32_t destination;  // in shared memory
  uint32_t bytes;
  uint32_t pc;  // of the cp.async
  int lane;
  uint8_t data[16];
};

class Warp {
 public:
  Warp(Block& block, unsigned index);
  void reset(uint32_t lanes);

  // Runs up to `quantum` instructions; returns how many. Stops early where no group is ready.
  uint64_t run(uint64_t quantum);
  bool finished() const { return live_ == 0; }
  bool ready() const;
  void release_barrier();
  std::string waiting() const;  // for a deadlock's report

  // What instructions use.
  template <class T>
  T* at(const Operand& operand) const {
    return reinterpret_cast<T*>(base_[operand.place] + operand.offset);
  }
  template <class T>
  void write(const Operand& operand, const T* values, uint32_t active) {
    if (!operand.wanted()) return;
    T* target = at<T>(operand);
    if (active == ALL_LANES) {
      std::memcpy(target, values, sizeof(T) * LANES);
    } else {
      for (int lane = 0; lane < LANES; lane++) target[lane] = (active >> lane & 1) ? values[lane] : target[lane];
    }
  }
  uint32_t predicate(const Operand& operand) const {
    uint32_t bits = *at<uint32_t>(operand);
    return operand.negated ? ~bits : bits;
  }
  void write_predicate(const Operand& operand, uint32_t bits, uint32_t active) {
    if (!operand.wanted()) return;
    uint32_t* target = at<uint32_t>(operand);
    *target = (*target & ~active) | (bits & active);
  }
  void branch(uint32_t target, uint32_t taken);
  void exit(uint32_t lanes);
  void wait_at_barrier();
  void yield() { yielded_ = true; }
  [[noreturn]] void fault(Fault fault, const std::string& what, int lane = -1) const;

  Block& block;
  const unsigned index;
  std::array<std::vector<AsyncCopy>, LANES> copies;                    // by lane: not yet committed
  std::array<std::vector<std::vector<AsyncCopy>>, LANES> copy_groups;  // by lane: committed, oldest first
  std::vector<uint8_t> local;
  Clocks clocks;
  uint32_t carry = 0;  // CC.CF, a bit a lane
  uint32_t live() const { return live_; }
  uint32_t pc() const { return pc_; }

 private:
  bool select();
  bool merge();
  void step();
  void converge(const Instruction& instruction, uint32_t arrived);
  void pass_barrier();
  void split(size_t group, uint32_t lanes, uint32_t pc);
  void release_elsewhere(const Instruction& instruction, uint32_t members);
  void scatter();

  uint8_t* base_[2] = {nullptr, nullptr};  // by Operand::Place
  std::vector<uint8_t> registers_;
  std::vector<Group> groups_;
  size_t current_ = 0;
  uint32_t live_ = 0;
  uint32_t pc_ = 0;          // of the instruction that runs
  uint32_t turbulence_ = 0;  // instructions left during which groups do not merge
  uint32_t patience_ = 0;    // instructions run while several groups were ready
  bool yielded_ = false;
};

}  // namespace vgpu
