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
#include <set>
#include <utility>
#include <vector>

#include "types.h"

namespace vgpu {

using WarpTimes = std::array<uint32_t, 32>;                      // by warp of one block
using BlockTimes = std::vector<std::pair<uint32_t, WarpTimes>>;  // by block, ascending
using Snapshot = std::shared_ptr<const BlockTimes>;              // shared, never changed

void join(WarpTimes& into, const WarpTimes& from);

struct Knowledge {
  WarpTimes own{};  // of this block's warps
  Snapshot remote;  // of blocks; null: nothing
  void join(const Knowledge& other);
  void join(const Snapshot& other, uint32_t block);
};

bool covers(const Snapshot& snapshot, uint32_t block, unsigned warp, uint32_t time);

// What a memory location carries from those that released through it.
struct Location {
  std::shared_ptr<BlockTimes> times;
  std::set<uint32_t> visitors;  // blocks that reached it by an atomic
  void release(uint32_t block, const Knowledge& released, bool replaces);
};

// What strong reads have brought and no fence has made good yet: the newest snapshot of each location.
using Pending = std::map<uint64_t, Snapshot>;
void join(Pending& into, const Pending& from);

class Clocks {
 public:
  void reset(uint32_t block, unsigned warp);

  Knowledge known;     // happened before
  Knowledge released;  // known at the last fence
  Pending pending;
  WarpTimes block_released{}, block_pending{};  // the same at block scope, for shared memory

  uint32_t time() const { return known.own[warp_]; }
  void tick() { known.own[warp_]++; }
  void fence(bool whole_device);
  bool pending_covers(uint32_t block, unsigned warp, uint32_t time) const;

  // Lanes of one warp: only bar.warp.sync (or a barrier of the block) orders their accesses.
  void synchronise_lanes(uint32_t members, uint32_t live);
  uint32_t lane_time() const { return lane_time_; }
  bool lane_knows(int lane, int other, uint32_t time) const;

 private:
  uint32_t block_ = 0;
  unsigned warp_ = 0;
  uint32_t lane_time_ = 1, all_synchronised_ = 0;
  std::array<WarpTimes, LANES> lane_known_{};  // [lane][other]
};

}  // namespace vgpu
