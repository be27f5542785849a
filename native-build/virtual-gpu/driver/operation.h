// Asynchronous work. An operation knows what it does and which operations come before it: the order of a stream, the waits on
// events, the rules of the legacy stream and the edges of a graph are all the same kind of arrow.
#pragma once

#include <cuda.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "../vgpu.h"
#include "machine.h"

namespace driver {

struct KernelLaunch {
  CUfunction function = nullptr;
  vgpu::Dim grid, block;
  uint32_t dynamic_shared = 0;
  bool cooperative = false;
  std::vector<uint8_t> parameters;  // copied when launched, or when captured
};

struct Copy {
  uint64_t to = 0, from = 0;
  size_t bytes = 0;
  bool to_device = false, from_device = false;
  bool pinned = false;          // the host side is page-locked and must still be when the copy takes place
  std::vector<uint8_t> staged{};  // what pageable memory held at the time of the call, where that counts
};

struct Fill {
  uint64_t to = 0;
  uint32_t value = 0;
  unsigned width = 1;  // bytes of an element: 1, 2, 4
  size_t elements = 0;
};

struct HostCall {
  std::function<void()> function;
};

struct LibraryCall {
  std::string name;
  void (*run)(void*) = nullptr;
  std::vector<uint8_t> arguments;
  std::vector<vgpu_operand> operands;
};

struct Free {
  uint64_t address = 0;
};

struct Marker {};  // an event's record, a wait, the end of a graph

using Action = std::variant<Marker, KernelLaunch, Copy, Fill, HostCall, LibraryCall, Free>;

struct Operation;
using OperationPtr = std::shared_ptr<Operation>;

struct Operation {
  CUcontext context = nullptr;
  Action action;
  std::vector<OperationPtr> after;
  bool done = false;
  std::chrono::steady_clock::time_point finished;
};

// Puts an action at the end of a stream (of its graph, if it is capturing). It runs at once or, delayed, when something needs it.
CUresult enqueue(CUstream_st& stream, Action action);

// Appends an operation with further predecessors, at once or delayed; for a stream that is not capturing.
OperationPtr append(CUstream_st& stream, Action action, std::vector<OperationPtr> after);

// The operations that the next one of this stream has to follow.
std::vector<OperationPtr> predecessors(CUstream_st& stream);

// Runs an operation and all that it comes after.
void finish(const OperationPtr& operation);
void finish_all(CUctx_st& context);

// Does what an action says; on a fault the context is broken. The place where device memory changes.
void perform(CUctx_st& context, const Action& action);

}  // namespace driver
