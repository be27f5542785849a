#include "clocks.h"

#include <algorithm>

namespace vgpu {

void join(WarpTimes& into, const WarpTimes& from) {
  for (size_t i = 0; i < into.size(); i++) into[i] = std::max(into[i], from[i]);
}

namespace {

// Both are ascending by block.
BlockTimes merged(const BlockTimes& a, const BlockTimes& b) {
  BlockTimes result;
  result.reserve(std::max(a.size(), b.size()));
  auto x = a.begin(), y = b.begin();
  while (x != a.end() || y != b.end()) {
    if (y == b.end() || (x != a.end() && x->first < y->first)) {
      result.push_back(*x++);
    } else if (x == a.end() || y->first < x->first) {
      result.push_back(*y++);
    } else {
      result.push_back(*x++);
      join(result.back().second, (y++)->second);
    }
  }
  return result;
}

BlockTimes::const_iterator position(const BlockTimes& times, uint32_t block) {
  return std::lower_bound(times.begin(), times.end(), block, [](const auto& entry, uint32_t b) { return entry.first < b; });
}

}  // namespace

void Knowledge::join(const Knowledge& other) {
  vgpu::join(own, other.own);
  if (!other.remote || other.remote == remote) return;
  remote = remote ? std::make_shared<BlockTimes>(merged(*remote, *other.remote)) : other.remote;
}

void Knowledge::join(const Snapshot& other, uint32_t block) {
  Knowledge brought;
  brought.remote = other;
  auto mine = position(*other, block);
  if (mine != other->end() && mine->first == block) brought.own = mine->second;
  join(brought);
}

void join(Pending& into, const Pending& from) {
  for (const auto& [address, snapshot] : from) {
    Snapshot& mine = into[address];
    if (!mine) mine = snapshot;
    else if (mine != snapshot) mine = std::make_shared<BlockTimes>(merged(*mine, *snapshot));
  }
}

bool covers(const Snapshot& snapshot, uint32_t block, unsigned warp, uint32_t time) {
  if (!snapshot) return false;
  auto found = position(*snapshot, block);
  return found != snapshot->end() && found->first == block && found->second[warp] >= time;
}

void Location::release(uint32_t block, const Knowledge& released, bool replaces) {
  if (!times || replaces) times = std::make_shared<BlockTimes>();
  if (released.remote) {
    times = std::make_shared<BlockTimes>(merged(*times, *released.remote));
  } else if (times.use_count() > 1) {
    times = std::make_shared<BlockTimes>(*times);  // somebody keeps the old state
  }
  auto found = times->begin() + (position(*times, block) - times->cbegin());
  if (found == times->end() || found->first != block) found = times->insert(found, {block, WarpTimes{}});
  join(found->second, released.own);
}

void Clocks::reset(uint32_t block, unsigned warp) {
  *this = Clocks();
  block_ = block;
  warp_ = warp;
  known.own[warp] = 1;
}

void Clocks::fence(bool whole_device) {
  vgpu::join(known.own, block_pending);
  block_released = known.own;
  if (whole_device) {
    for (const auto& [address, snapshot] : pending) known.join(snapshot, block_);
    pending.clear();
    released = known;
  }
  tick();
}

bool Clocks::pending_covers(uint32_t block, unsigned warp, uint32_t time) const {
  if (block == block_ && block_pending[warp] >= time) return true;
  return std::any_of(pending.begin(), pending.end(), [&](const auto& entry) { return covers(entry.second, block, warp, time); });
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
