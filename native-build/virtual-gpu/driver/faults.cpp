// Whether a call may go on: injected failures, a lost device, contexts that a fault has broken.
#include <cstdio>
#include <cstring>

#include "frame.h"

namespace driver {
namespace {

// What a real driver might answer when this call fails for a reason of its own.
CUresult plausible_error(const std::string& name) {
  auto names = [&](const char* part) { return name.find(part) != std::string::npos; };
  if (name == "cuInit") return CUDA_ERROR_NO_DEVICE;
  if (names("Launch") && !names("HostFunc")) return CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES;
  for (const char* part : {"Alloc", "Create", "Register", "Retain", "Instantiate", "ModuleLoad"})
    if (names(part)) return CUDA_ERROR_OUT_OF_MEMORY;
  return CUDA_ERROR_UNKNOWN;
}

std::string without_version(std::string name) {
  size_t suffix = name.rfind("_v");
  if (suffix != std::string::npos && name.find_first_not_of("0123456789", suffix + 2) == std::string::npos) name.resize(suffix);
  return name;
}

}  // namespace

int unsupported(const char* name);

thread_local bool inside_callback = false;

State& state() {
  static State& one = *new State;  // never destroyed: a JVM's threads outlive static destructors
  return one;
}

std::vector<CUcontext>& context_stack() {
  thread_local std::vector<CUcontext> stack;
  return stack;
}

long long& calls_of(const std::string& name) { return state().calls[without_version(name)]; }

CUresult enter(long long& count, const char* name, bool needs_initialisation) {
  Settings& settings = state().settings;
  ++count;
  ++state().counts.calls;
  if (settings.fail_call > 0 && --settings.fail_call == 0) return plausible_error(name);
  if (settings.lost != CUDA_SUCCESS) return settings.lost;
  return needs_initialisation && !state().initialised ? CUDA_ERROR_NOT_INITIALIZED : CUDA_SUCCESS;
}

CUresult current(CUcontext* context) {
  std::vector<CUcontext>& stack = context_stack();
  if (stack.empty() || stack.back() == nullptr) return CUDA_ERROR_INVALID_CONTEXT;
  if (!live<CUctx_st>().contains(stack.back())) return CUDA_ERROR_CONTEXT_IS_DESTROYED;
  *context = stack.back();
  return (*context)->broken;
}

CUstream resolve(CUctx_st& context, CUstream handle) {
  if (handle == nullptr || handle == CU_STREAM_LEGACY) return context.legacy;
  if (handle == CU_STREAM_PER_THREAD) return context.per_thread;
  return live<CUstream_st>().contains(handle) && handle->context == &context ? handle : nullptr;
}

void fail(CUctx_st& context, CUresult error, const std::string& message) {
  if (context.broken != CUDA_SUCCESS) return;
  context.broken = error;
  state().last_fault = message;
  if (!state().settings.quiet) fprintf(stderr, "virtual GPU: %s\n", message.c_str());
}

int unsupported(const char* name) {
  std::lock_guard lock(state().mutex);
  CUresult status = enter(calls_of(name), name, true);
  return status != CUDA_SUCCESS ? status : CUDA_ERROR_NOT_SUPPORTED;
}

bool allocation_fails() {
  long long& left = state().settings.fail_allocation;
  return left > 0 && --left == 0;
}

}  // namespace driver
