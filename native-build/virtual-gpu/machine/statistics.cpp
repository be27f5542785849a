#include "statistics.h"

#include <algorithm>
#include <array>
#include <bit>
#include <list>
#include <map>

#include "lanes.h"
#include "machine.h"

namespace vgpu {
namespace {

std::list<KernelCounts>& all_counts() {
  static std::list<KernelCounts> counts;
  return counts;
}

// The distinct addresses among those of a request, ascending.
struct Distinct {
  std::array<uint64_t, LANES> addresses;
  size_t count = 0;

  Distinct(const uint64_t* of_lane, uint32_t active) {
    bool ascending = true;
    for_lanes(active, [&](int lane) {
      if (count > 0 && of_lane[lane] == addresses[count - 1]) return;
      ascending &= count == 0 || of_lane[lane] > addresses[count - 1];
      addresses[count++] = of_lane[lane];
    });
    if (ascending) return;
    std::sort(addresses.begin(), addresses.begin() + count);
    count = size_t(std::unique(addresses.begin(), addresses.begin() + count) - addresses.begin());
  }

  // Naturally aligned accesses of at most 16 bytes lie in one sector each.
  template <class Visit>
  uint64_t sectors(const Visit& visit) const {
    uint64_t sectors = 0;
    for (size_t i = 0; i < count; i++) {
      uint64_t sector = addresses[i] / Cache::SECTOR;
      if (i > 0 && sector == addresses[i - 1] / Cache::SECTOR) continue;
      sectors++;
      visit(sector);
    }
    return sectors;
  }
};

std::string quoted(const std::string& text) { return "\"" + text + "\""; }

std::string field(const char* name, uint64_t value) { return quoted(name) + ":" + std::to_string(value) + ","; }

std::string kernel_json(const KernelCounts& k) {
  uint64_t instructions = 0, executed = 0;
  std::map<std::string, uint64_t> opcodes;
  std::string missed;
  for (size_t i = 0; i < k.executed.size(); i++) {
    instructions += k.executed[i];
    if (k.executed[i]) {
      executed++;
      opcodes[k.program->opcodes[i]] += k.executed[i];
    } else {
      missed += (missed.empty() ? "" : ",") + std::to_string(k.program->instructions[i].line);
    }
  }
  std::string list;
  for (const auto& [name, count] : opcodes) list += (list.empty() ? "" : ",") + quoted(name) + ":" + std::to_string(count);
  return "{\"name\":" + quoted(k.program->kernel) + "," + field("launches", k.launches) + field("threads", k.threads) +
         field("instructions", instructions) + field("loads", k.loads) + field("stores", k.stores) +
         field("bytes_loaded", k.bytes_loaded) + field("bytes_stored", k.bytes_stored) +
         field("useful_loaded", k.useful_loaded) + field("useful_stored", k.useful_stored) +
         field("sectors_read", k.sectors_read) + field("sectors_written", k.sectors_written) +
         field("block_threads", k.block_threads) + field("dynamic_shared", k.dynamic_shared) +
         field("sectors_loaded", k.sectors_loaded) + field("sectors_stored", k.sectors_stored) +
         field("vector_loads", k.vector_loads) + field("vector_stores", k.vector_stores) +
         field("executable", k.executed.size()) + field("executed", executed) + "\"missed\":[" + missed + "],\"opcodes\":{" +
         list + "}}";
}

}  // namespace

void KernelCounts::load(const uint64_t* addresses, uint32_t active, uint32_t bytes) {
  Distinct distinct(addresses, active);
  loads++;
  vector_loads += bytes == 16;
  bytes_loaded += uint64_t(bytes) * std::popcount(active);
  useful_loaded += bytes * distinct.count;
  sectors_loaded += distinct.sectors([&](uint64_t sector) {
    if (cache_) cache_->read(sector);
  });
}

void KernelCounts::store(const uint64_t* addresses, uint32_t active, uint32_t bytes) {
  Distinct distinct(addresses, active);
  stores++;
  vector_stores += bytes == 16;
  bytes_stored += uint64_t(bytes) * std::popcount(active);
  useful_stored += bytes * distinct.count;
  sectors_stored += distinct.sectors([&](uint64_t sector) {
    if (cache_) cache_->write(sector);
  });
}

void KernelCounts::begin(uint32_t block, uint32_t shared, uint64_t cache_bytes) {
  block_threads = block;
  dynamic_shared = shared;
  cache_ = cache_bytes ? std::make_unique<Cache>(cache_bytes) : nullptr;
}

void KernelCounts::end() {
  if (!cache_) return;
  cache_->flush();
  sectors_read += cache_->sectors_read;
  sectors_written += cache_->sectors_written;
  cache_.reset();
}

// A module loaded again counts on; another text under the same name counts apart.
KernelCounts& counts_of(const std::shared_ptr<const Program>& program) {
  for (KernelCounts& k : all_counts()) {
    bool same = k.program == program || (k.program->kernel == program->kernel && k.program->text == program->text);
    if (!same) continue;
    k.program = program;
    return k;
  }
  KernelCounts& fresh = all_counts().emplace_back();
  fresh.program = program;
  fresh.executed.resize(program->instructions.size());
  return fresh;
}

std::string statistics_json() {
  std::string list;
  for (const KernelCounts& k : all_counts()) list += (list.empty() ? "" : ",") + kernel_json(k);
  return "{\"kernels\":[" + list + "]}";
}

void reset_statistics() { all_counts().clear(); }

}  // namespace vgpu
