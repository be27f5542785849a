// The order of asynchronous work: what follows what, and when it runs.
#include "operation.h"

#include "capture.h"
#include "frame.h"

namespace driver {

// Legacy default stream: its work follows all that blocking streams hold, and their next work follows it.
std::vector<OperationPtr> predecessors(CUstream_st& stream) {
  std::vector<OperationPtr> before;
  auto add = [&](CUstream_st& other) {
    if (other.tail != nullptr && !other.tail->done) before.push_back(other.tail);
  };
  add(stream);
  if (stream.blocking()) add(*stream.context->legacy);
  if (&stream == stream.context->legacy)
    for (CUstream other : live<CUstream_st>())
      if (other->context == stream.context && other->blocking()) add(*other);
  return before;
}

OperationPtr append(CUstream_st& stream, Action action, std::vector<OperationPtr> after) {
  auto operation = std::make_shared<Operation>();
  operation->context = stream.context;
  operation->action = std::move(action);
  operation->after = std::move(after);
  if (!state().settings.delayed) finish(operation);
  return operation;
}

CUresult enqueue(CUstream_st& stream, Action action) {
  CUresult status = check_capture(stream);
  if (status != CUDA_SUCCESS) return status;
  if (stream.capture != nullptr) {
    add_captured(stream, std::move(action));
  } else {
    stream.tail = append(stream, std::move(action), predecessors(stream));
  }
  return CUDA_SUCCESS;
}

// Depth first, the last predecessor first: delayed branches of a graph, or streams that meet in the legacy stream, run in the
// opposite order to that in which they were written, so that an arrow forgotten between them shows.
void finish(const OperationPtr& operation) {
  if (operation == nullptr) return;
  std::vector<OperationPtr> stack{operation};
  while (!stack.empty()) {
    OperationPtr next = stack.back();
    size_t waiting = stack.size();
    if (!next->done)
      for (const OperationPtr& before : next->after)
        if (!before->done) stack.push_back(before);
    if (stack.size() > waiting) continue;
    stack.pop_back();
    if (next->done) continue;
    perform(*next->context, next->action);
    next->done = true;
    next->finished = std::chrono::steady_clock::now();
    next->after.clear();
    next->action = Marker{};  // lets go of copied parameters and staged bytes
  }
}

void finish_all(CUctx_st& context) {
  for (CUstream stream : live<CUstream_st>())
    if (stream->context == &context) finish(stream->tail);
}

}  // namespace driver
