// The machine of the virtual GPU: executes PTX text as nvcc emits it for sm_80. Test equipment, never on a user's path.
//
// A module is parsed and decoded once; a launch runs its blocks, warps and lanes in one thread of the host, in an order that the
// schedule seed fixes. Nothing here knows of streams, contexts or the driver API: the driver library beside it builds those on top.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace vgpu {

struct Dim {
  unsigned x = 1, y = 1, z = 1;
};

struct Parameter {
  std::string name;
  uint32_t offset = 0, bytes = 0, alignment = 1;
};

struct Program;  // the decoded body of a kernel: instruction.h

struct Kernel {
  std::string name;
  std::vector<Parameter> parameters;
  uint32_t parameter_bytes = 0;
  uint32_t static_shared = 0;   // bytes of .shared variables
  uint32_t registers = 0;       // declared PTX registers that the body uses, not the hardware's
  uint32_t local_bytes = 0;     // bytes of .local variables a thread
  uint32_t max_threads = 1024;  // .maxntid / .reqntid, the hardware's 1024 otherwise
  std::shared_ptr<const Program> program;
};

// One PTX text. Its .global and .const variables live on the device heap for as long as the module does.
class Module {
 public:
  // Null, and `error` = "line N: …", where the text is not understood.
  static std::unique_ptr<Module> parse(const std::string& ptx, std::string* error);
  ~Module();
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  const Kernel* find(const std::string& name) const;
  std::vector<const Kernel*> kernels() const;
  bool global(const std::string& name, uint64_t* address, size_t* bytes);  // .global and .const variables

  int ptx_version_major = 0, ptx_version_minor = 0, target_sm = 0;

 private:
  friend class Parser;
  Module() = default;
  struct Variable {
    uint64_t address = 0;
    size_t bytes = 0;
  };
  std::map<std::string, std::unique_ptr<Kernel>> kernels_;
  std::map<std::string, Variable> variables_;
};

struct Launch {
  const Kernel* kernel = nullptr;
  Dim grid, block;
  uint32_t dynamic_shared = 0;
  const uint8_t* parameters = nullptr;  // kernel->parameter_bytes bytes, laid out by Parameter::offset
  bool cooperative = false;             // every block resident from the start
};

enum class Fault {
  NONE,
  ILLEGAL_ADDRESS,
  MISALIGNED,
  ILLEGAL_INSTRUCTION,
  TRAP,
  DEADLOCK,
  RACE,
  UNINITIALISED,
  SHARED_OUT_OF_RANGE,
  UNSUPPORTED
};
const char* fault_name(Fault fault);

struct Outcome {
  Fault fault = Fault::NONE;
  std::string message;  // names kernel, block, warp, lane, address and PTX line
};

// Runs a launch to its end or its first fault. Not re-entrant: the caller serialises. Same switches, same memory: same outcome.
Outcome run(const Launch& launch);

// The device heap, one a process. A device address is the host's pointer, so copies are memcpy.
class Memory {
 public:
  static Memory& device();

  uint64_t allocate(size_t bytes, size_t alignment = 256);  // 0 when exhausted; filled with 0xCD
  bool free(uint64_t address);                              // false unless `address` is the start of a live allocation
  bool contains(uint64_t address, size_t bytes) const;      // wholly inside one live allocation
  bool range(uint64_t address, uint64_t* base, size_t* bytes) const;
  void written(uint64_t address, size_t bytes);  // a host copy or memset: marks initialised

  size_t live_bytes() const { return live_bytes_; }
  size_t live_allocations() const { return live_allocations_; }
  size_t capacity() const { return capacity_; }
  void set_capacity(size_t bytes) { capacity_ = bytes; }

  // What the interpreter and the modules need beside the driver's view.
  struct Region {
    uint64_t base = 0;
    size_t bytes = 0;
    bool counted = true;                // false: a module's variable, not an allocation of the program
    std::vector<uint64_t> initialised;  // a bit a byte; empty: allocated while the check was off, taken as written
  };
  uint64_t allocate_variable(size_t bytes, size_t alignment);
  Region* region(uint64_t address);  // the live region that holds this address, or null

 private:
  uint64_t place(size_t bytes, size_t alignment, bool counted);
  std::map<uint64_t, Region> regions_;
  size_t live_bytes_ = 0, live_allocations_ = 0, capacity_ = size_t(4) << 30;
};

struct Switches {
  uint64_t schedule = 0;     // 0: plain order; otherwise the seed of block, warp and lane order
  bool races = false;        // shared memory between warps and lanes, global memory between blocks and warps
  bool initialised = false;  // reads of bytes never written, in global (allocated from now on) and shared memory
  bool approximate = false;  // .approx functions carry the error that the PTX manual admits
  uint64_t cache = 0;        // bytes of the cache for which `sectors_read` and `sectors_written` are counted; 0: not at all
  uint64_t step_limit = 0;   // warp instructions a launch may take; 0: a default of four thousand million
};
Switches& switches();

// Counts of every launch since the last reset, by kernel name; README.md describes the fields.
std::string statistics_json();
void reset_statistics();

}  // namespace vgpu
