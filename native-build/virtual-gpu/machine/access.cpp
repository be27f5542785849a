#include "access.h"

#include "block.h"
#include "lanes.h"

namespace vgpu {
namespace {

void check_alignment(const Warp& warp, uint32_t active, uint32_t bytes, const uint64_t (&addresses)[LANES]) {
  uint64_t low_bits = 0;
  for_lanes(active, [&](int lane) { low_bits |= addresses[lane]; });
  if ((low_bits & (bytes - 1)) == 0) return;
  for_lanes(active, [&](int lane) {
    if (addresses[lane] & (bytes - 1)) {
      warp.fault(Fault::MISALIGNED, "address " + hexadecimal(addresses[lane]) + " is no multiple of " + std::to_string(bytes),
                 lane);
    }
  });
}

bool all_written(const std::vector<uint64_t>& bits, uint64_t begin, uint32_t bytes) {
  for (uint64_t i = begin; i < begin + bytes; i++) {
    if (!(bits[i / 64] >> (i % 64) & 1)) return false;
  }
  return true;
}

void mark_written(std::vector<uint64_t>& bits, uint64_t begin, uint32_t bytes) {
  for (uint64_t i = begin; i < begin + bytes; i++) bits[i / 64] |= uint64_t(1) << (i % 64);
}

// Reads must find written bytes, writes leave them.
void check_initialised(const Warp& warp, std::vector<uint64_t>& bits, uint64_t begin, uint32_t bytes, Intent intent, int lane,
                       const char* space, uint64_t address) {
  if (intent != Intent::WRITE && !all_written(bits, begin, bytes)) {
    warp.fault(Fault::UNINITIALISED,
               std::string("reads ") + space + " address " + hexadecimal(address) + " that nobody has written", lane);
  }
  if (intent != Intent::READ) mark_written(bits, begin, bytes);
}

[[noreturn]] void outside(const Warp& warp, uint64_t address, uint32_t bytes, int lane) {
  std::string what = "address " + hexadecimal(address) + " of " + std::to_string(bytes) + " bytes lies in no allocation";
  for (uint64_t back : {uint64_t(0), uint64_t(512), uint64_t(4096)}) {
    uint64_t base;
    size_t size;
    if (Memory::device().range(address - back, &base, &size)) {
      what += "; one of " + std::to_string(size) + " bytes begins at " + hexadecimal(base);
      break;
    }
  }
  warp.fault(Fault::ILLEGAL_ADDRESS, what, lane);
}

void check_global(Warp& warp, const Instruction& instruction, uint32_t active, Intent intent, uint32_t bytes,
                  const uint64_t (&addresses)[LANES]) {
  Grid& grid = warp.block.grid;
  Memory::Region*& region = grid.last_region[warp.pc()];
  for_lanes(active, [&](int lane) {
    uint64_t address = addresses[lane];
    auto inside = [&] {
      return region && address - region->base < region->bytes && region->bytes - (address - region->base) >= bytes;
    };
    if (!inside()) region = Memory::device().region(address);
    if (!inside()) outside(warp, address, bytes, lane);
    if (grid.switches.initialised && !region->initialised.empty()) {
      check_initialised(warp, region->initialised, address - region->base, bytes, intent, lane, "global", address);
    }
    if (grid.switches.races) grid.races.check(warp, {intent, instruction.access.strength, lane, warp.pc()}, address, bytes);
  });
}

void locate_global(Warp& warp, const Instruction& instruction, uint32_t active, Intent intent, uint32_t bytes,
                   const uint64_t (&addresses)[LANES], Space space, uint8_t* (&host)[LANES]) {
  check_global(warp, instruction, active, intent, bytes, addresses);
  for (int lane = 0; lane < LANES; lane++) host[lane] = reinterpret_cast<uint8_t*>(addresses[lane]);
  if (space == Space::CONSTANT) return;  // a cache of its own
  KernelCounts& counts = warp.block.grid.counts;
  if (intent != Intent::WRITE) counts.load(addresses, active, bytes);
  if (intent != Intent::READ) counts.store(addresses, active, bytes);
}

void locate_local(Warp& warp, uint32_t active, uint32_t bytes, uint64_t window, const uint64_t (&addresses)[LANES],
                  uint8_t* (&host)[LANES]) {
  uint64_t size = warp.block.grid.program.local_bytes;
  for_lanes(active, [&](int lane) {
    uint64_t offset = addresses[lane] - window;
    if (offset > size || size - offset < bytes) warp.fault(Fault::ILLEGAL_ADDRESS, "outside local memory", lane);
    host[lane] = warp.local.data() + lane * size + offset;
  });
}

void locate_parameter(Warp& warp, uint32_t active, uint32_t bytes, const uint64_t (&addresses)[LANES], uint8_t* (&host)[LANES]) {
  const Launch& launch = warp.block.grid.launch;
  for_lanes(active, [&](int lane) {
    bool inside = addresses[lane] + bytes <= launch.kernel->parameter_bytes;
    if (!inside) warp.fault(Fault::ILLEGAL_ADDRESS, "outside the kernel's parameters", lane);
    host[lane] = const_cast<uint8_t*>(launch.parameters) + addresses[lane];
  });
}

// A generic address may point anywhere, lane by lane.
void locate_generic(Warp& warp, const Instruction& instruction, uint32_t active, Intent intent, uint32_t bytes,
                    const uint64_t (&addresses)[LANES], uint8_t* (&host)[LANES]) {
  uint32_t shared = 0, local = 0;
  uint64_t offsets[LANES];
  for_lanes(active, [&](int lane) {
    offsets[lane] = addresses[lane] - SHARED_WINDOW;
    if (in_window(addresses[lane], SHARED_WINDOW)) shared |= 1u << lane;
    if (in_window(addresses[lane], LOCAL_WINDOW)) local |= 1u << lane;
  });
  if (uint32_t global = active & ~shared & ~local)
    locate_global(warp, instruction, global, intent, bytes, addresses, Space::GLOBAL, host);
  if (local) locate_local(warp, local, bytes, LOCAL_WINDOW, addresses, host);
  if (shared) locate(warp, instruction, shared, intent, bytes, offsets, Space::SHARED, host);
}

}  // namespace

void addresses_of(const Warp& warp, const Access& access, uint64_t (&addresses)[LANES]) {
  if (access.base.bytes == 8) {
    const uint64_t* base = warp.at<uint64_t>(access.base);
    for (int lane = 0; lane < LANES; lane++) addresses[lane] = base[lane] + uint64_t(access.displacement);
  } else {
    const uint32_t* base = warp.at<uint32_t>(access.base);
    for (int lane = 0; lane < LANES; lane++) addresses[lane] = uint32_t(base[lane] + uint32_t(access.displacement));
  }
}

uint8_t* locate_shared(Warp& warp, const AccessDetail& detail, uint64_t offset, uint32_t bytes) {
  Block& block = warp.block;
  if (offset > block.shared.size() || block.shared.size() - offset < bytes) {
    warp.fault(Fault::SHARED_OUT_OF_RANGE,
               "shared address " + hexadecimal(offset) + " of " + std::to_string(bytes) + " bytes, the block has " +
                   std::to_string(block.shared.size()),
               detail.lane);
  }
  if (block.grid.switches.initialised) {
    check_initialised(warp, block.shared_written, offset, bytes, detail.intent, detail.lane, "shared", offset);
  }
  if (block.grid.switches.races) block.shared_races.check(warp, detail, offset, bytes);
  return block.shared.data() + offset;
}

void locate(Warp& warp, const Instruction& instruction, uint32_t active, Intent intent, uint32_t bytes,
            const uint64_t (&addresses)[LANES], Space space, uint8_t* (&host)[LANES]) {
  check_alignment(warp, active, bytes, addresses);
  switch (space) {
    case Space::GLOBAL:
    case Space::CONSTANT: return locate_global(warp, instruction, active, intent, bytes, addresses, space, host);
    case Space::LOCAL: return locate_local(warp, active, bytes, 0, addresses, host);
    case Space::PARAMETER: return locate_parameter(warp, active, bytes, addresses, host);
    case Space::GENERIC: return locate_generic(warp, instruction, active, intent, bytes, addresses, host);
    case Space::SHARED:
      for_lanes(active, [&](int lane) {
        host[lane] = locate_shared(warp, {intent, instruction.access.strength, lane, warp.pc()}, addresses[lane], bytes);
      });
  }
}

}  // namespace vgpu
