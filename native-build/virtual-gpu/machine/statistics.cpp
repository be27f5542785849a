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

// Naturally aligned accesses of at most 16 bytes lie in one sector each.
uint64_t distinct_sectors(const uint64_t* addresses, uint32_t active) {
  std::array<uint64_t, LANES> sectors;
  size_t n = 0;
  bool ascending = true;
  for_lanes(active, [&](int lane) {
    uint64_t sector = addresses[lane] / 32;
    if (n > 0 && sector == sectors[n - 1]) return;
    ascending &= n == 0 || sector > sectors[n - 1];
    sectors[n++] = sector;
  });
  if (ascending) return n;
  std::sort(sectors.begin(), sectors.begin() + n);
  return uint64_t(std::unique(sectors.begin(), sectors.begin() + n) - sectors.begin());
}

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
         field("sectors_loaded", k.sectors_loaded) + field("sectors_stored", k.sectors_stored) +
         field("vector_loads", k.vector_loads) + field("vector_stores", k.vector_stores) +
         field("executable", k.executed.size()) + field("executed", executed) + "\"missed\":[" + missed + "],\"opcodes\":{" +
         list + "}}";
}

}  // namespace

void KernelCounts::load(const uint64_t* addresses, uint32_t active, uint32_t bytes) {
  loads++;
  vector_loads += bytes == 16;
  bytes_loaded += uint64_t(bytes) * std::popcount(active);
  sectors_loaded += distinct_sectors(addresses, active);
}

void KernelCounts::store(const uint64_t* addresses, uint32_t active, uint32_t bytes) {
  stores++;
  vector_stores += bytes == 16;
  bytes_stored += uint64_t(bytes) * std::popcount(active);
  sectors_stored += distinct_sectors(addresses, active);
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
