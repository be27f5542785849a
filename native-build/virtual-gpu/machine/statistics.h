// What launches did, by kernel: instructions, traffic of global memory, coverage of the PTX.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "cache.h"
#include "instruction.h"

namespace vgpu {

struct KernelCounts {
  std::shared_ptr<const Program> program;
  uint64_t launches = 0, threads = 0;
  uint64_t loads = 0, stores = 0;                // requests of a warp
  uint64_t vector_loads = 0, vector_stores = 0;  // those of 128 bits a lane
  uint64_t bytes_loaded = 0, bytes_stored = 0;
  uint64_t useful_loaded = 0, useful_stored = 0;    // bytes, those that several lanes of a request name counted once
  uint64_t sectors_loaded = 0, sectors_stored = 0;  // distinct 32-byte sectors of each request
  uint64_t sectors_read = 0, sectors_written = 0;  // what passes between memory and Switches::cache
  uint32_t block_threads = 0, dynamic_shared = 0;   // of the last launch
  std::vector<uint64_t> executed;                   // by instruction: lanes that ran it

  void load(const uint64_t* addresses, uint32_t active, uint32_t bytes);
  void store(const uint64_t* addresses, uint32_t active, uint32_t bytes);

  // Around a launch.
  void begin(uint32_t threads, uint32_t shared, uint64_t cache_bytes);
  void end();

 private:
  std::unique_ptr<Cache> cache_;
};

KernelCounts& counts_of(const std::shared_ptr<const Program>& program);

}  // namespace vgpu
