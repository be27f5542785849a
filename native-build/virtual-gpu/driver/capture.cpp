// Stream capture: begin, end, status, and what is forbidden meanwhile.
#include "capture.h"

#include <pthread.h>

#include <algorithm>
#include <set>

#include "frame.h"

namespace driver {
namespace {

thread_local CUstreamCaptureMode thread_mode = CU_STREAM_CAPTURE_MODE_GLOBAL;

uint64_t this_thread() { return static_cast<uint64_t>(pthread_self()); }

bool disturbed_by_legacy(const CUstream_st& other, const CUstream_st& legacy) {
  return other.capture != nullptr && other.context == legacy.context && other.blocking();
}

template <class Rule>
CUresult forbid(CUresult error, Rule broken) {
  CUresult status = CUDA_SUCCESS;
  for (CUstream stream : live<CUstream_st>()) {
    if (stream->capture == nullptr || !broken(*stream)) continue;
    invalidate(*stream->capture);
    status = error;
  }
  return status;
}

// The nodes that `leaves` come after, themselves included.
std::set<CUgraphNode> ancestors(std::vector<CUgraphNode> leaves) {
  std::set<CUgraphNode> found;
  while (!leaves.empty()) {
    CUgraphNode node = leaves.back();
    leaves.pop_back();
    if (found.insert(node).second) leaves.insert(leaves.end(), node->after.begin(), node->after.end());
  }
  return found;
}

bool joined(const Capture& capture) {
  std::set<CUgraphNode> reached = ancestors(capture.origin->leaves);
  for (CUstream member : capture.members)
    for (CUgraphNode leaf : member->leaves)
      if (!reached.contains(leaf)) return false;
  return true;
}

void release_members(Capture& capture) {
  capture.ended = true;
  for (CUstream member : std::vector<CUstream>(capture.members)) {
    member->leaves.clear();
    member->capture.reset();
  }
}

CUresult end(CUstream_st& stream, CUgraph* graph) {
  *graph = nullptr;
  std::shared_ptr<Capture> capture = stream.capture;
  if (capture == nullptr) return CUDA_ERROR_ILLEGAL_STATE;
  if (capture->origin != &stream) {
    invalidate(*capture);
    return CUDA_ERROR_STREAM_CAPTURE_UNMATCHED;
  }
  if (capture->mode != CU_STREAM_CAPTURE_MODE_RELAXED && capture->thread != this_thread())
    return CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD;
  CUresult status = capture->invalidated ? CUDA_ERROR_STREAM_CAPTURE_INVALIDATED
                    : joined(*capture)   ? CUDA_SUCCESS
                                         : CUDA_ERROR_STREAM_CAPTURE_UNJOINED;
  release_members(*capture);
  if (status == CUDA_SUCCESS)
    *graph = capture->graph;
  else
    destroy(capture->graph);
  return status;
}

}  // namespace

void invalidate(Capture& capture) { capture.invalidated = true; }

CUresult check_capture(CUstream_st& stream) {
  if (stream.capture != nullptr && stream.capture->invalidated) return CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
  if (&stream != stream.context->legacy) return CUDA_SUCCESS;
  return forbid(CUDA_ERROR_STREAM_CAPTURE_IMPLICIT, [&](CUstream_st& other) { return disturbed_by_legacy(other, stream); });
}

CUresult check_safe(CUctx_st&) {
  return forbid(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, [](CUstream_st& other) {
    const Capture& capture = *other.capture;
    if (thread_mode == CU_STREAM_CAPTURE_MODE_RELAXED || capture.mode == CU_STREAM_CAPTURE_MODE_RELAXED) return false;
    bool anywhere = thread_mode == CU_STREAM_CAPTURE_MODE_GLOBAL && capture.mode == CU_STREAM_CAPTURE_MODE_GLOBAL;
    return anywhere || capture.thread == this_thread();
  });
}

CUresult check_no_capture(CUctx_st& context) {
  return forbid(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, [&](CUstream_st& other) { return other.context == &context; });
}

void add_captured(CUstream_st& stream, Action action) {
  auto node = std::make_unique<CUgraphNode_st>();
  node->action = std::move(action);
  node->after = stream.leaves;
  stream.leaves = {node.get()};
  stream.capture->graph->nodes.push_back(std::move(node));
}

void wait_for_nodes(CUstream_st& stream, const std::vector<CUgraphNode>& nodes) {
  for (CUgraphNode node : nodes)
    if (std::find(stream.leaves.begin(), stream.leaves.end(), node) == stream.leaves.end()) stream.leaves.push_back(node);
}

void abandon(CUstream_st& stream) {
  if (stream.capture == nullptr) return;
  std::shared_ptr<Capture> capture = stream.capture;
  invalidate(*capture);
  if (capture->origin == &stream) {
    release_members(*capture);
    destroy(capture->graph);
  } else {
    std::erase(capture->members, &stream);
  }
}

}  // namespace driver

using namespace driver;

extern "C" {

CUresult cuStreamBeginCapture_v2(CUstream handle, CUstreamCaptureMode mode) {
  return on_stream("cuStreamBeginCapture", handle, [&](CUstream_st& stream) {
    if (&stream == stream.context->legacy) return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
    if (stream.capture != nullptr) return CUDA_ERROR_ILLEGAL_STATE;
    auto capture = std::make_shared<Capture>();
    capture->graph = create<CUgraph_st>();
    capture->origin = &stream;
    capture->context = stream.context;
    capture->mode = mode;
    capture->thread = this_thread();
    capture->members = {&stream};
    stream.capture = capture;
    return CUDA_SUCCESS;
  });
}

CUresult cuStreamEndCapture(CUstream handle, CUgraph* graph) {
  return on_stream("cuStreamEndCapture", handle, [&](CUstream_st& stream) { return end(stream, graph); });
}

CUresult cuStreamIsCapturing(CUstream handle, CUstreamCaptureStatus* status) {
  return on_stream("cuStreamIsCapturing", handle, [&](CUstream_st& stream) {
    for (CUstream other : live<CUstream_st>())
      if (&stream == stream.context->legacy && disturbed_by_legacy(*other, stream)) return CUDA_ERROR_STREAM_CAPTURE_IMPLICIT;
    *status = stream.capture == nullptr       ? CU_STREAM_CAPTURE_STATUS_NONE
              : stream.capture->invalidated ? CU_STREAM_CAPTURE_STATUS_INVALIDATED
                                            : CU_STREAM_CAPTURE_STATUS_ACTIVE;
    return CUDA_SUCCESS;
  });
}

CUresult cuThreadExchangeStreamCaptureMode(CUstreamCaptureMode* mode) {
  return call("cuThreadExchangeStreamCaptureMode", [&] {
    std::swap(*mode, thread_mode);
    return CUDA_SUCCESS;
  });
}

}  // extern "C"
