// Who knows of whose accesses: vector clocks of a warp, kept while the race check is on.
//
// A warp counts its own time and remembers, for every other warp, up to which time that one's accesses happened before its own
// next one. Barriers exchange this knowledge at once. Atomics and volatile accesses carry what the last fence released, and what
// they bring counts only after the next fence: the fence–fence synchronisation of the PTX and C++ memory models.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>

#include "types.h"

namespace vgpu {

using WarpTimes = std::array<uint32_t, 32>;           // by warp of one block
using RemoteTimes = std::map<uint64_t, WarpTimes>;    // by linear index of a block

void join(WarpTimes& into, const WarpTimes& from);

struct Knowledge {
  WarpTimes own{};                            // of this block's warps
  std::shared_ptr<const RemoteTimes> remote;  // of other blocks; null: nothing
  void join(const Knowledge& other);
  bool covers(uint64_t block, bool same_block, uint8_t warp, uint32_t time) const;
};

// What a memory location carries from those that released through it.
struct Location {
  RemoteTimes times;
  std::map<uint64_t, bool> visitors;  // blocks that reached it by an atomic: true
  uint32_t version = 0;
  void release(uint64_t block, const Knowledge& released, bool replaces);
  Knowledge acquired_by(uint64_t block) const;
};

class Clocks {
 public:
  void reset(unsigned warp);

  Knowledge known;      // happened before
  Knowledge released;   // known at the last fence
  Knowledge pending;    // brought by a strong read, not yet fenced
  WarpTimes block_released{}, block_pending{};  // the same at block scope, for shared memory

  uint32_t time() const { return known.own[warp_]; }
  void tick() { known.own[warp_]++; }
  void fence(bool whole_device);
  void acquire(uint64_t address, const Location& location, uint64_t block);

  // Lanes of one warp: only bar.warp.sync (or a barrier of the block) orders their accesses.
  void synchronise_lanes(uint32_t members, uint32_t live);
  uint32_t lane_time() const { return lane_time_; }
  bool lane_knows(int lane, int other, uint32_t time) const;

 private:
  unsigned warp_ = 0;
  uint32_t lane_time_ = 1, all_synchronised_ = 0;
  std::array<WarpTimes, LANES> lane_known_{};  // [lane][other]
  std::map<uint64_t, uint32_t> seen_;          // location → version already pending
};

}  // namespace vgpu
