// The race check. For every granule of memory (four bytes, or as few as the kernel's narrowest store writes) the last write and the
// last two reads of different warps are kept. Two accesses of which one writes are a race unless one is known to have happened
// before the other (clocks.h) or both are strong (atomic, volatile, relaxed).
//
// Between the lanes of one warp the same holds with bar.warp.sync as the only order, except that lanes may write one address in the
// same instruction, as hardware defines that. A plain access to a location that the block has itself reached by an atomic is not
// held against earlier atomics there: coherence orders them (the last block that resets a counter).
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "clocks.h"
#include "instruction.h"

namespace vgpu {

class Warp;

enum class Intent : uint8_t { READ, WRITE, ATOMIC };

// One access, packed: every four bytes of memory have three of these.
struct Touch {
  uint32_t block = 0;
  uint32_t time : 25 = 0;  // of its warp; 0: no touch
  uint32_t warp : 5 = 0;
  uint32_t strong : 1 = 0;
  uint32_t in_flight : 1 = 0;  // the target of a cp.async nobody has waited for
  uint32_t lane_time : 27 = 0;
  uint32_t lane : 5 = 0;
  uint32_t pc = 0;
};

struct Granule {
  Touch write;
  Touch reads[2];
};

struct AccessDetail {
  Intent intent;
  Strength strength;
  int lane;
  uint32_t pc;  // of the instruction that is responsible
  bool in_flight = false;
};

class SharedRaces {
 public:
  void reset(size_t bytes, uint32_t granule_shift);
  void check(Warp& warp, const AccessDetail& detail, uint64_t offset, uint32_t bytes);

 private:
  uint32_t shift_ = 2;
  std::vector<Granule> granules_;
  std::unordered_map<uint64_t, WarpTimes> locations_;  // atomics and volatile accesses
};

class GlobalRaces {
 public:
  explicit GlobalRaces(uint32_t granule_shift) : shift_(granule_shift) {}
  void check(Warp& warp, const AccessDetail& detail, uint64_t address, uint32_t bytes);

 private:
  static constexpr uint64_t PAGE = 1024;  // granules
  struct Page {
    Granule granules[PAGE];
  };
  Granule& granule(uint64_t number);
  uint32_t shift_;
  std::unordered_map<uint64_t, std::unique_ptr<Page>> pages_;
  std::unordered_map<uint64_t, Location> locations_;
  uint64_t last_number_ = ~uint64_t(0);
  Page* last_page_ = nullptr;
};

}  // namespace vgpu
