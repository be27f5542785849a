// What operations do to memory, with the checks that hardware makes (and those that it does not).
#include <algorithm>
#include <bit>
#include <cstring>

#include "frame.h"

namespace driver {
namespace {

using vgpu::Memory;

CUresult error_of(vgpu::Fault fault) {
  switch (fault) {
    case vgpu::Fault::NONE: return CUDA_SUCCESS;
    case vgpu::Fault::ILLEGAL_ADDRESS:
    case vgpu::Fault::SHARED_OUT_OF_RANGE: return CUDA_ERROR_ILLEGAL_ADDRESS;
    case vgpu::Fault::MISALIGNED: return CUDA_ERROR_MISALIGNED_ADDRESS;
    case vgpu::Fault::ILLEGAL_INSTRUCTION: return CUDA_ERROR_ILLEGAL_INSTRUCTION;
    case vgpu::Fault::DEADLOCK: return CUDA_ERROR_LAUNCH_TIMEOUT;
    default: return CUDA_ERROR_LAUNCH_FAILED;  // what only a checker sees has no code of its own: the message says it
  }
}

bool launch_fails() {
  long long& left = state().settings.fail_launch;
  return left > 0 && --left == 0;
}

std::string hexadecimal(uint64_t address) {
  char text[24];
  snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(address));
  return text;
}

std::string outside(const char* what, uint64_t address, size_t bytes) {
  return std::string(what) + " of " + std::to_string(bytes) + " bytes at " + hexadecimal(address) +
         " is not wholly inside one live allocation";
}

void act(CUctx_st&, const Marker&) {}

void act(CUctx_st& context, const KernelLaunch& launch) {
  if (!live<CUfunc_st>().contains(launch.function))
    return fail(context, CUDA_ERROR_LAUNCH_FAILED, "a kernel was launched whose module is unloaded");
  const vgpu::Kernel& kernel = *launch.function->kernel;
  ++state().counts.kernels;
  if (launch_fails()) return fail(context, CUDA_ERROR_LAUNCH_FAILED, kernel.name + ": told to fail (fail_launch)");
  vgpu::Outcome outcome =
      vgpu::run({&kernel, launch.grid, launch.block, launch.dynamic_shared, launch.parameters.data(), launch.cooperative});
  if (outcome.fault != vgpu::Fault::NONE) fail(context, error_of(outcome.fault), outcome.message);
}

bool pinned(uint64_t address, size_t bytes) {
  auto after = state().pinned.upper_bound(address);
  if (after == state().pinned.begin()) return false;
  auto block = std::prev(after);
  return address + bytes <= block->first + block->second.first;
}

void act(CUctx_st& context, const Copy& copy) {
  Memory& memory = Memory::device();
  if (copy.to_device && !memory.contains(copy.to, copy.bytes))
    return fail(context, CUDA_ERROR_ILLEGAL_ADDRESS, outside("destination of a copy", copy.to, copy.bytes));
  if (copy.from_device && !memory.contains(copy.from, copy.bytes))
    return fail(context, CUDA_ERROR_ILLEGAL_ADDRESS, outside("source of a copy", copy.from, copy.bytes));
  if (copy.pinned && !pinned(copy.to_device ? copy.from : copy.to, copy.bytes))
    return fail(context, CUDA_ERROR_ILLEGAL_ADDRESS, "page-locked memory was released before its copy took place");
  const void* from = copy.staged.empty() ? reinterpret_cast<const void*>(copy.from) : copy.staged.data();
  memmove(reinterpret_cast<void*>(copy.to), from, copy.bytes);
  if (copy.to_device) memory.written(copy.to, copy.bytes);
}

void act(CUctx_st& context, const Fill& fill) {
  size_t bytes = fill.elements * fill.width;
  if (!Memory::device().contains(fill.to, bytes))
    return fail(context, CUDA_ERROR_ILLEGAL_ADDRESS, outside("destination of a fill", fill.to, bytes));
  auto* to = reinterpret_cast<uint8_t*>(fill.to);
  if (bytes > 0) memcpy(to, &fill.value, fill.width);  // little-endian
  for (size_t done = fill.width; done < bytes; done *= 2) memcpy(to + done, to, std::min(done, bytes - done));  // the pattern doubles
  Memory::device().written(fill.to, bytes);
}

void act(CUctx_st&, const HostCall& call) {
  inside_callback = true;
  call.function();
  inside_callback = false;
}

// The first byte of a range that nobody has written, 0 if there is none.
uint64_t uninitialised(uint64_t address, size_t bytes) {
  const Memory::Region& region = *Memory::device().region(address);
  if (region.initialised.empty()) return 0;
  const uint64_t end = address - region.base + bytes;
  for (uint64_t i = address - region.base; i < end;) {
    uint64_t missing = ~region.initialised[i / 64] >> i % 64;
    if (missing != 0) {
      i += std::countr_zero(missing);
      return i < end ? region.base + i : 0;
    }
    i = (i / 64 + 1) * 64;
  }
  return 0;
}

// False, and the context broken, if something is wrong with an operand.
bool check(CUctx_st& context, const std::string& name, const vgpu_operand& operand) {
  if (operand.bytes == 0 || operand.count == 0) return true;
  size_t whole = (operand.count - 1) * operand.pitch + operand.bytes;
  if (operand.address % operand.alignment != 0) {
    fail(context, CUDA_ERROR_MISALIGNED_ADDRESS, name + ": operand at " + hexadecimal(operand.address) + " is no multiple of " +
                                                     std::to_string(operand.alignment));
    return false;
  }
  if (!Memory::device().contains(operand.address, whole)) {
    fail(context, CUDA_ERROR_ILLEGAL_ADDRESS, name + ": " + outside("operand", operand.address, whole));
    return false;
  }
  for (size_t i = 0; operand.read && vgpu::switches().initialised && i < operand.count; ++i) {
    uint64_t where = uninitialised(operand.address + i * operand.pitch, operand.bytes);
    if (where == 0) continue;
    fail(context, CUDA_ERROR_LAUNCH_FAILED, name + ": operand at " + hexadecimal(operand.address) + " reads " + hexadecimal(where) +
                                                ", which was never written");
    return false;
  }
  return true;
}

void act(CUctx_st& context, const LibraryCall& call) {
  ++state().counts.kernels;
  if (launch_fails()) return fail(context, CUDA_ERROR_LAUNCH_FAILED, call.name + ": told to fail (fail_launch)");
  for (const vgpu_operand& operand : call.operands)
    if (!check(context, call.name, operand)) return;
  std::vector<uint8_t> arguments = call.arguments;
  call.run(arguments.data());
  for (const vgpu_operand& operand : call.operands)
    for (size_t i = 0; operand.written && i < operand.count; ++i)
      Memory::device().written(operand.address + i * operand.pitch, operand.bytes);
}

void act(CUctx_st& context, const Free& free) {
  Memory::device().free(free.address);
  context.allocations.erase(free.address);
}

}  // namespace

void perform(CUctx_st& context, const Action& action) {
  bool dead = context.broken != CUDA_SUCCESS || state().settings.lost != CUDA_SUCCESS;
  if (dead && !std::holds_alternative<Free>(action)) return;  // a broken context does no more work, but its memory goes back
  std::visit([&](const auto& what) { act(context, what); }, action);
}

}  // namespace driver
