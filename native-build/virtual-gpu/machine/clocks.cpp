#include "clocks.h"

#include <algorithm>

namespace vgpu {

void join(WarpTimes& into, const WarpTimes& from) {
  for (size_t i = 0; i < into.size(); i++) into[i] = std::max(into[i], from[i]);
}

void Knowledge::join(const Knowledge& other) {
  vgpu::join(own, other.own);
  if (!other.remote || other.remote == remote) return;
  if (!remote) {
    remote = other.remote;
    return;
  }
  auto both = std::make_shared<RemoteTimes>(*remote);
  for (const auto& [block, times] : *other.remote) vgpu::join((*both)[block], times);
  remote = std::move(both);
}

bool Knowledge::covers(uint64_t block, bool same_block, uint8_t warp, uint32_t time) const {
  if (same_block) return own[warp] >= time;
  if (!remote) return false;
  auto found = remote->find(block);
  return found != remote->end() && found->second[warp] >= time;
}

void Location::release(uint64_t block, const Knowledge& released, bool replaces) {
  if (replaces) times.clear();
  join(times[block], released.own);
  if (released.remote) {
    for (const auto& [other, known] : *released.remote) join(times[other], known);
  }
  version++;
}

Knowledge Location::acquired_by(uint64_t block) const {
  Knowledge result;
  auto remote = std::make_shared<RemoteTimes>(times);
  if (auto own = remote->find(block); own != remote->end()) {
    result.own = own->second;
    remote->erase(own);
  }
  result.remote = std::move(remote);
  return result;
}

void Clocks::reset(unsigned warp) {
  *this = Clocks();
  warp_ = warp;
  known.own[warp] = 1;
}

void Clocks::fence(bool whole_device) {
  vgpu::join(known.own, block_pending);
  block_released = known.own;
  if (whole_device) {
    known.join(pending);
    released = known;
  }
  tick();
}

void Clocks::acquire(uint64_t address, const Location& location, uint64_t block) {
  uint32_t& seen = seen_[address];
  if (seen == location.version) return;
  seen = location.version;
  pending.join(location.acquired_by(block));
}

void Clocks::synchronise_lanes(uint32_t members, uint32_t live) {
  if ((live & ~members) == 0) {
    all_synchronised_ = lane_time_++;
    return;
  }
  WarpTimes joined{};
  for (int lane = 0; lane < LANES; lane++) {
    if (members >> lane & 1) {
      vgpu::join(joined, lane_known_[lane]);
      joined[lane] = lane_time_;
    }
  }
  for (int lane = 0; lane < LANES; lane++) {
    if (members >> lane & 1) vgpu::join(lane_known_[lane], joined);
  }
  lane_time_++;
}

bool Clocks::lane_knows(int lane, int other, uint32_t time) const {
  return time <= all_synchronised_ || lane_known_[lane][other] >= time;
}

}  // namespace vgpu
