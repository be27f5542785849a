// vgpu_*: the switches and counts that tests use, and the environment variable that sets the same switches.
#include <cstdlib>
#include <sstream>

#include "frame.h"

using namespace driver;

namespace {

constexpr long long UNKNOWN = -1;

bool set_machine(const std::string& name, long long value) {
  vgpu::Switches& machine = vgpu::switches();
  if (name == "schedule") return machine.schedule = static_cast<uint64_t>(value), true;
  if (name == "races") return machine.races = value != 0, true;
  if (name == "initialised") return machine.initialised = value != 0, true;
  if (name == "approximate") return machine.approximate = value != 0, true;
  if (name == "step_limit") return machine.step_limit = static_cast<uint64_t>(value), true;
  if (name == "cache") return machine.cache = static_cast<uint64_t>(value), true;
  if (name == "capacity") return vgpu::Memory::device().set_capacity(static_cast<size_t>(value)), true;
  return false;
}

bool set_driver(const std::string& name, long long value) {
  Settings& settings = state().settings;
  if (name == "delayed") return settings.delayed = value != 0, true;
  if (name == "capability") return settings.capability = value, true;
  if (name == "multiprocessors") return settings.multiprocessors = value, true;
  if (name == "shared") return settings.shared = value, true;
  if (name == "ptx_version") return settings.ptx_version = value, true;
  if (name == "driver_version") return settings.driver_version = value, true;
  if (name == "quiet") return settings.quiet = value != 0, true;
  if (name == "devices") return settings.devices = value, true;
  if (name == "fail_call") return settings.fail_call = value, true;
  if (name == "fail_allocation") return settings.fail_allocation = value, true;
  if (name == "fail_launch") return settings.fail_launch = value, true;
  if (name == "lose_device")
    return settings.lost = value == 1 ? CUDA_ERROR_ECC_UNCORRECTABLE : static_cast<CUresult>(value), true;
  return false;
}

long long get(const std::string& name) {
  State& s = state();
  const Counts& counts = s.counts;
  const vgpu::Memory& memory = vgpu::Memory::device();
  const std::map<std::string, long long> values = {
      {"calls", counts.calls},
      {"synchronisations", counts.synchronisations},
      {"allocations", counts.allocations},
      {"launches", counts.launches},
      {"graph_launches", counts.graph_launches},
      {"kernels", counts.kernels},
      {"copies", counts.copies},
      {"leaked_allocations", counts.leaked_allocations},
      {"leaked_objects", counts.leaked_objects},
      {"live_allocations", memory.live_allocations()},
      {"live_bytes", memory.live_bytes()},
      {"live_pinned", s.pinned.size()},
      {"live_contexts", live<CUctx_st>().size()},
      {"live_streams", live<CUstream_st>().size() - 2 * live<CUctx_st>().size()},  // not a context's own two
      {"live_events", live<CUevent_st>().size()},
      {"live_modules", live<CUmod_st>().size()},
      {"live_graphs", live<CUgraph_st>().size() + live<CUgraphExec_st>().size()},
      {"fail_call", s.settings.fail_call},  // what is left until the failure: 0 once it has taken place
      {"fail_allocation", s.settings.fail_allocation},
      {"fail_launch", s.settings.fail_launch},
  };
  if (name.starts_with("calls:")) return calls_of(name.substr(6));
  auto found = values.find(name);
  return found == values.end() ? UNKNOWN : found->second;
}

// VIRTUAL_GPU="schedule=3,races=1"
__attribute__((constructor)) void read_environment() {
  const char* text = getenv("VIRTUAL_GPU");
  std::istringstream switches(text == nullptr ? "" : text);
  for (std::string item; std::getline(switches, item, ',');) {
    size_t equals = item.find('=');
    char* end = nullptr;
    long long value = equals == std::string::npos ? 0 : strtoll(item.c_str() + equals + 1, &end, 10);
    if (end == nullptr || *end != '\0' || vgpu_set(item.substr(0, equals).c_str(), value) != 0)
      fprintf(stderr, "virtual GPU: VIRTUAL_GPU has no switch \"%s\"\n", item.c_str());
  }
}

}  // namespace

extern "C" {

int vgpu_set(const char* name, long long value) {
  std::lock_guard lock(state().mutex);
  return set_machine(name, value) || set_driver(name, value) ? 0 : -1;
}

long long vgpu_get(const char* name) {
  std::lock_guard lock(state().mutex);
  return get(name);
}

const char* vgpu_statistics(void) {
  std::lock_guard lock(state().mutex);
  static std::string& text = *new std::string;
  text = vgpu::statistics_json();
  return text.c_str();
}

void vgpu_reset(void) {
  std::lock_guard lock(state().mutex);
  state().counts = {};
  for (auto& [name, count] : state().calls) count = 0;  // kept in place: call sites hold references
  state().last_fault.clear();
  vgpu::reset_statistics();
}

const char* vgpu_last_fault(void) {
  std::lock_guard lock(state().mutex);
  return state().last_fault.c_str();
}

}  // extern "C"
