#include "cache.h"

namespace vgpu {

bool Cache::use(uint64_t sector, bool dirty) {
  auto found = places_.find(sector);
  if (found != places_.end()) {
    lines_.splice(lines_.begin(), lines_, found->second);
    lines_.front().dirty |= dirty;
    return true;
  }
  if (lines_.size() >= capacity_) evict();
  lines_.push_front({sector, dirty});
  places_[sector] = lines_.begin();
  return false;
}

void Cache::evict() {
  sectors_written += lines_.back().dirty;
  places_.erase(lines_.back().sector);
  lines_.pop_back();
}

void Cache::flush() {
  while (!lines_.empty()) evict();
}

}  // namespace vgpu
