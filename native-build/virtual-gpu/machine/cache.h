// What would pass between memory and the chip: a cache of the size of one multiprocessor's share of the second level.
//
// Blocks run one after another here, so what one of them reads again, or reads after another one, is found in its share as it
// would be on the GPU. It starts empty with each launch, and what was written leaves it at the end. Any sector may lie anywhere and
// the oldest goes first: so the counts do not depend on addresses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <unordered_map>

namespace vgpu {

class Cache {
 public:
  static constexpr size_t SECTOR = 32;

  explicit Cache(size_t bytes) : capacity_(bytes / SECTOR) {}

  void read(uint64_t sector) { sectors_read += !use(sector, false); }
  void write(uint64_t sector) { use(sector, true); }  // whole sectors: what a write leaves out of one is not fetched
  void flush();

  uint64_t sectors_read = 0, sectors_written = 0;  // between memory and cache

 private:
  struct Line {
    uint64_t sector;
    bool dirty;
  };
  bool use(uint64_t sector, bool dirty);  // makes it the newest; whether it was there
  void evict();

  size_t capacity_;
  std::list<Line> lines_;  // from the newest to the oldest
  std::unordered_map<uint64_t, std::list<Line>::iterator> places_;
};

}  // namespace vgpu
