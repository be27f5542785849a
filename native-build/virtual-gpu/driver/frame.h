// The frame of every driver call: one lock, a count by name, injected failures, then the state that the call needs.
#pragma once

#include <mutex>
#include <new>
#include <string>

#include "objects.h"

namespace driver {

// Everything that is set from outside; see control.cpp for the names.
struct Settings {
  bool delayed = false;
  bool quiet = false;  // faults are not told on stderr
  long long capability = 80, multiprocessors = 132, ptx_version = 90, driver_version = 13000, devices = 1;
  long long shared = 232448;  // bytes that one block may have when it asks for them
  long long fail_call = 0, fail_allocation = 0, fail_launch = 0;  // the n-th from now; 0: none
  CUresult lost = CUDA_SUCCESS;                                   // what every call returns once the device is gone
};

constexpr int SHARED_RESERVED = 1024;  // bytes of shared memory that each block costs beyond its own

struct Counts {
  long long calls = 0, synchronisations = 0, allocations = 0, launches = 0, graph_launches = 0, kernels = 0, copies = 0;
  long long leaked_allocations = 0, leaked_objects = 0;  // still alive when their context went
};

struct State {
  std::recursive_mutex mutex;
  bool initialised = false;
  Settings settings;
  Counts counts;
  std::map<std::string, long long> calls;
  std::string last_fault;
  CUcontext primary = nullptr;
  unsigned primary_users = 0, primary_flags = 0;
  uint64_t next_id = 1;
  std::map<uint64_t, std::pair<size_t, unsigned>> pinned;  // page-locked host memory: address → bytes, flags
};
State& state();

std::vector<CUcontext>& context_stack();  // of this thread; the last is current
extern thread_local bool inside_callback;

// Counts the call and says whether it may go on.
CUresult enter(long long& count, const char* name, bool needs_initialisation);
// The current context, if it is usable.
CUresult current(CUcontext* context);
// 0 and the two special handles stand for the context's own streams. Null if the handle is none of this context's.
CUstream resolve(CUctx_st& context, CUstream handle);
// Marks the context as broken by a fault and reports the fault once.
void fail(CUctx_st& context, CUresult error, const std::string& message);
// True for the allocation that was chosen to fail.
bool allocation_fails();
// The count of calls with this name; a version suffix (_v2) does not matter.
long long& calls_of(const std::string& name);

template <class Body>
CUresult call(const char* name, Body body, bool needs_initialisation = true) {
  if (inside_callback) return CUDA_ERROR_NOT_PERMITTED;  // as the manual says: a host function must not call the driver
  std::lock_guard lock(state().mutex);
  static long long& count = calls_of(name);  // one a call site: `body` is a type of its own
  try {
    CUresult status = enter(count, name, needs_initialisation);
    return status != CUDA_SUCCESS ? status : body();
  } catch (const std::bad_alloc&) {
    return CUDA_ERROR_OUT_OF_MEMORY;
  }
}

// For what destroys or frees: it is done whatever happens, and then the error is returned, as the real driver does with the errors
// of earlier work. Otherwise no program could clean up after a fault.
template <class Body>
CUresult release(const char* name, Body body) {
  if (inside_callback) return CUDA_ERROR_NOT_PERMITTED;
  std::lock_guard lock(state().mutex);
  static long long& count = calls_of(name);
  CUresult entered = enter(count, name, true);
  if (entered == CUDA_ERROR_NOT_INITIALIZED) return entered;
  CUresult status = body();
  return status != CUDA_SUCCESS ? status : entered;
}

template <class Body>
CUresult in_context(const char* name, Body body) {
  return call(name, [&] {
    CUcontext context;
    CUresult status = current(&context);
    return status != CUDA_SUCCESS ? status : body(*context);
  });
}

template <class Body>
CUresult on_stream(const char* name, CUstream handle, Body body) {
  return in_context(name, [&](CUctx_st& context) {
    CUstream stream = resolve(context, handle);
    return stream == nullptr ? CUDA_ERROR_INVALID_HANDLE : body(*stream);
  });
}

}  // namespace driver
