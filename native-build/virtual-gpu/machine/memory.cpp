#include "machine.h"

#include <cstdlib>
#include <cstring>

namespace vgpu {

Memory& Memory::device() {
  static Memory* memory = new Memory;  // never destroyed: modules may outlive static destruction
  return *memory;
}

// Each allocation ends in a gap, so that an index just past its end never lies in the next one.
uint64_t Memory::place(size_t bytes, size_t alignment, bool counted) {
  constexpr size_t GAP = 512;
  size_t size = (bytes + GAP + alignment - 1) / alignment * alignment;
  void* host = std::aligned_alloc(alignment, size);
  if (!host) return 0;
  std::memset(host, 0xCD, bytes);
  Region region;
  region.base = reinterpret_cast<uint64_t>(host);
  region.bytes = bytes;
  region.counted = counted;
  if (switches().initialised) region.initialised.assign((bytes + 63) / 64, 0);
  regions_.emplace(region.base, std::move(region));
  return reinterpret_cast<uint64_t>(host);
}

uint64_t Memory::allocate(size_t bytes, size_t alignment) {
  if (bytes == 0 || bytes > capacity_ - std::min(capacity_, live_bytes_)) return 0;
  uint64_t address = place(bytes, alignment, true);
  if (address) {
    live_bytes_ += bytes;
    live_allocations_++;
  }
  return address;
}

uint64_t Memory::allocate_variable(size_t bytes, size_t alignment) {
  uint64_t address = place(bytes, std::max<size_t>(alignment, 256), false);
  if (address) {
    std::memset(reinterpret_cast<void*>(address), 0, bytes);  // PTX: variables without an initialiser are zero
    written(address, bytes);
  }
  return address;
}

bool Memory::free(uint64_t address) {
  auto found = regions_.find(address);
  if (found == regions_.end()) return false;
  if (found->second.counted) {
    live_bytes_ -= found->second.bytes;
    live_allocations_--;
  }
  std::free(reinterpret_cast<void*>(address));
  regions_.erase(found);
  return true;
}

Memory::Region* Memory::region(uint64_t address) {
  auto above = regions_.upper_bound(address);
  if (above == regions_.begin()) return nullptr;
  Region& region = std::prev(above)->second;
  return address - region.base < region.bytes ? &region : nullptr;
}

bool Memory::contains(uint64_t address, size_t bytes) const {
  uint64_t base;
  size_t size;
  return range(address, &base, &size) && bytes <= size - (address - base);
}

bool Memory::range(uint64_t address, uint64_t* base, size_t* bytes) const {
  const Region* found = const_cast<Memory*>(this)->region(address);
  if (!found) return false;
  *base = found->base;
  *bytes = found->bytes;
  return true;
}

void Memory::written(uint64_t address, size_t bytes) {
  Region* found = region(address);
  if (!found || found->initialised.empty()) return;
  uint64_t begin = address - found->base, end = std::min<uint64_t>(begin + bytes, found->bytes);
  for (uint64_t i = begin; i < end;) {
    if (i % 64 == 0 && end - i >= 64) {
      found->initialised[i / 64] = ~uint64_t(0);
      i += 64;
    } else {
      found->initialised[i / 64] |= uint64_t(1) << (i % 64);
      i++;
    }
  }
}

Switches& switches() {
  static Switches current;
  return current;
}

}  // namespace vgpu
