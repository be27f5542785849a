// The objects behind the driver's handles. cuda.h leaves these structs opaque; here they are completed, so that a handle is a typed
// pointer.
#pragma once

// Every version of a function under its own name: the name in the source is the symbol in the library.
#define __CUDA_API_VERSION_INTERNAL
#include <cuda.h>

#include <map>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "machine.h"
#include "operation.h"

namespace driver {

// What a stream capture in progress knows. Streams that joined it through events share it.
struct Capture {
  CUgraph graph = nullptr;
  CUstream origin = nullptr;
  CUcontext context = nullptr;
  CUstreamCaptureMode mode = CU_STREAM_CAPTURE_MODE_GLOBAL;
  uint64_t thread = 0;
  bool invalidated = false, ended = false;
  std::vector<CUstream> members;
};

}  // namespace driver

struct CUctx_st {
  unsigned flags = 0;
  uint64_t id = 0;
  CUresult broken = CUDA_SUCCESS;  // sticky: what a fault left behind for every later call
  CUstream legacy = nullptr, per_thread = nullptr;
  std::map<CUlimit, size_t> limits;
  std::unordered_set<CUdeviceptr> allocations;
};

struct CUstream_st {
  CUcontext context = nullptr;
  unsigned flags = CU_STREAM_DEFAULT;
  int priority = 0;
  uint64_t id = 0;
  driver::OperationPtr tail;  // the last operation; those before it hang on its `after`
  std::shared_ptr<driver::Capture> capture;
  std::vector<CUgraphNode> leaves;  // while capturing: what the next node comes after

  bool blocking() const { return !(flags & CU_STREAM_NON_BLOCKING) && this != context->legacy; }
};

struct CUevent_st {
  CUcontext context = nullptr;
  unsigned flags = 0;
  driver::OperationPtr recorded;
  std::shared_ptr<driver::Capture> capture;  // last recorded in a capturing stream
  std::vector<CUgraphNode> nodes;
};

struct CUfunc_st {
  CUmodule module = nullptr;
  const vgpu::Kernel* kernel = nullptr;
  uint32_t max_dynamic_shared = 0;
};

struct CUmod_st {
  CUcontext context = nullptr;
  std::unique_ptr<vgpu::Module> code;
  std::map<std::string, CUfunction> functions;
};

struct CUgraphNode_st {
  driver::Action action;
  std::vector<CUgraphNode> after;
};

struct CUgraph_st {
  std::vector<std::unique_ptr<CUgraphNode_st>> nodes;  // a node comes after those it depends on
};

struct CUgraphExec_st {
  CUcontext context = nullptr;
  std::vector<driver::Action> actions;
  std::vector<std::vector<size_t>> after;
  std::vector<CUgraphNode> sources;  // the graph's nodes, by which updates name ours
  driver::OperationPtr last;         // a second launch of the same graph waits for the first
};

namespace driver {

// Handles that were created and not destroyed yet.
template <class T>
std::unordered_set<T*>& live() {
  static auto& handles = *new std::unordered_set<T*>;  // never destroyed: a JVM's threads outlive static destructors
  return handles;
}

template <class T>
T* create() {
  T* object = new T;
  live<T>().insert(object);
  return object;
}

template <class T>
void destroy(T* object) {
  if (live<T>().erase(object)) delete object;
}

}  // namespace driver
