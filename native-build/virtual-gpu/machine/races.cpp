#include "races.h"

#include "block.h"

namespace vgpu {
namespace {

bool is_strong(Strength strength) { return strength >= Strength::STRONG; }
bool releases(Strength strength) { return strength == Strength::RELEASE || strength == Strength::ACQUIRE_RELEASE; }
bool acquires(Strength strength) { return strength == Strength::ACQUIRE || strength == Strength::ACQUIRE_RELEASE; }

bool happened_before(const Warp& warp, const AccessDetail& detail, const Touch& touch) {
  const Clocks& clocks = warp.clocks;
  bool same_block = touch.block == warp.block.linear;
  if (same_block && touch.warp == warp.index) {
    return touch.lane == uint32_t(detail.lane) || clocks.lane_knows(detail.lane, touch.lane, touch.lane_time);
  }
  bool known =
      same_block ? clocks.known.own[touch.warp] >= touch.time : covers(clocks.known.remote, touch.block, touch.warp, touch.time);
  // What bypasses the L1 cannot see a line older than the flag that it spun on.
  bool bypasses = detail.strength == Strength::UNCACHED || is_strong(detail.strength);
  return known || (bypasses && clocks.pending_covers(touch.block, touch.warp, touch.time));
}

std::string describe(const Warp& warp, uint32_t block, unsigned warp_index, int lane, uint32_t pc) {
  const Program& program = warp.block.grid.program;
  return "block " + std::to_string(block) + " warp " + std::to_string(warp_index) + " lane " + std::to_string(lane) + " line " +
         std::to_string(program.instructions[pc].line) + " '" + program.text[pc] + "'";
}

[[noreturn]] void report(const Warp& warp, const AccessDetail& detail, const Touch& touch, const char* earlier, const char* space,
                         uint64_t address) {
  const char* now = detail.intent == Intent::READ ? "read" : detail.intent == Intent::WRITE ? "write" : "atomic";
  std::string what =
      std::string(touch.in_flight ? "cp.async not waited for, " : "race, ") + space + " address " + hexadecimal(address) + ": " +
      now + " by " + describe(warp, uint32_t(warp.block.linear), warp.index, detail.lane, detail.pc) +
      " is not ordered after the " + earlier + " by " + describe(warp, touch.block, touch.warp, touch.lane, touch.pc);
  warp.fault(Fault::RACE, what, detail.lane);
}

Touch touch_of(const Warp& warp, const AccessDetail& detail, bool strong) {
  Touch now;
  now.block = uint32_t(warp.block.linear);
  now.time = warp.clocks.time();
  now.warp = warp.index;
  now.strong = strong;
  now.in_flight = detail.in_flight;
  now.lane_time = warp.clocks.lane_time();
  now.lane = uint32_t(detail.lane);
  now.pc = detail.pc;
  return now;
}

void examine(const Warp& warp, const AccessDetail& detail, Granule& granule, bool coherent, const char* space, uint64_t address) {
  bool strong = is_strong(detail.strength) || detail.intent == Intent::ATOMIC;
  auto conflicts = [&](const Touch& touch) {
    if (touch.time == 0) return false;
    if (touch.in_flight && !detail.in_flight) return true;
    if (touch.strong && (strong || coherent)) return false;
    return !happened_before(warp, detail, touch);
  };
  const Touch& write = granule.write;
  bool same_instruction = write.block == warp.block.linear && write.warp == warp.index && write.pc == detail.pc;
  bool exempt = detail.intent != Intent::READ && same_instruction;
  if (!exempt && conflicts(write)) report(warp, detail, write, "write", space, address);
  if (detail.strength == Strength::NON_COHERENT && write.time != 0) report(warp, detail, write, "write (.nc)", space, address);
  Touch now = touch_of(warp, detail, strong);
  if (detail.intent != Intent::READ) {
    for (const Touch& read : granule.reads) {
      if (conflicts(read)) report(warp, detail, read, "read", space, address);
    }
    granule.write = now;
    granule.reads[0] = granule.reads[1] = Touch();
    return;
  }
  Touch& latest = granule.reads[0];
  bool same_reader = latest.block == now.block && latest.warp == now.warp && latest.lane == now.lane;
  if (latest.time != 0 && !same_reader) granule.reads[1] = latest;
  latest = now;
}

}  // namespace

void SharedRaces::reset(size_t bytes, uint32_t granule_shift) {
  shift_ = granule_shift;
  granules_.assign((bytes >> shift_) + 1, Granule());
  locations_.clear();
}

void SharedRaces::check(Warp& warp, const AccessDetail& detail, uint64_t offset, uint32_t bytes) {
  bool strong = is_strong(detail.strength) || detail.intent == Intent::ATOMIC;
  if (strong) {
    WarpTimes& location = locations_[offset];
    if (releases(detail.strength)) warp.clocks.fence(false);
    if (detail.intent != Intent::READ) join(location, warp.clocks.block_released);
    if (detail.intent != Intent::WRITE) join(warp.clocks.block_pending, location);
    if (acquires(detail.strength)) warp.clocks.fence(false);
  }
  for (uint64_t g = offset >> shift_; g <= (offset + bytes - 1) >> shift_; g++) {
    examine(warp, detail, granules_[g], false, "shared", g << shift_);
  }
}

Granule& GlobalRaces::granule(uint64_t number) {
  if (number / PAGE != last_number_) {
    last_number_ = number / PAGE;
    auto& page = pages_[last_number_];
    if (!page) page = std::make_unique<Page>();
    last_page_ = page.get();
  }
  return last_page_->granules[number % PAGE];
}

void GlobalRaces::check(Warp& warp, const AccessDetail& detail, uint64_t address, uint32_t bytes) {
  bool coherent = false;
  bool strong = is_strong(detail.strength) || detail.intent == Intent::ATOMIC;
  uint32_t block = uint32_t(warp.block.linear);
  if (strong) {
    Location& location = locations_[address];
    if (detail.intent == Intent::ATOMIC) location.visitors.insert(block);
    if (releases(detail.strength)) warp.clocks.fence(true);
    if (detail.intent != Intent::READ) location.release(block, warp.clocks.released, detail.intent == Intent::WRITE);
    if (detail.intent != Intent::WRITE && location.times) warp.clocks.pending[address] = location.times;
    if (acquires(detail.strength)) warp.clocks.fence(true);
  } else if (auto found = locations_.find(address); found != locations_.end()) {
    coherent = found->second.visitors.contains(block);
  }
  for (uint64_t g = address >> shift_; g <= (address + bytes - 1) >> shift_; g++) {
    examine(warp, detail, granule(g), coherent, "global", g << shift_);
  }
}

}  // namespace vgpu
