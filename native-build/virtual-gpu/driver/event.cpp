// Events, and waiting for them on the host and across streams.
#include "capture.h"
#include "frame.h"

using namespace driver;

namespace {

template <class Body>
CUresult on_event(const char* name, CUevent event, Body body) {
  return in_context(name, [&](CUctx_st& context) {
    return live<CUevent_st>().contains(event) ? body(context, *event) : CUDA_ERROR_INVALID_HANDLE;
  });
}

CUresult record(CUstream handle, CUevent event, CUctx_st& context) {
  CUstream stream = resolve(context, handle);
  if (stream == nullptr || event->context != &context) return CUDA_ERROR_INVALID_HANDLE;
  if (CUresult error = check_capture(*stream)) return error;
  event->capture = stream->capture;
  event->nodes = stream->leaves;
  event->recorded = nullptr;
  if (stream->capture != nullptr) return CUDA_SUCCESS;
  CUresult status = enqueue(*stream, Marker{});
  event->recorded = stream->tail;
  return status;
}

// An event whose last record was captured says nothing of work on the device.
CUresult check_askable(CUctx_st& context, CUevent_st& event) {
  if (event.capture == nullptr) return check_safe(context);
  if (!event.capture->ended) invalidate(*event.capture);
  return CUDA_ERROR_CAPTURED_EVENT;
}

CUresult join_capture(CUstream_st& stream, CUevent_st& event) {
  if (event.capture->ended) return CUDA_ERROR_CAPTURED_EVENT;
  if (event.capture->invalidated) return CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
  if (stream.capture != nullptr && stream.capture != event.capture) {
    invalidate(*stream.capture);
    invalidate(*event.capture);
    return CUDA_ERROR_STREAM_CAPTURE_MERGE;
  }
  if (stream.capture == nullptr) {
    if (&stream == stream.context->legacy) {
      invalidate(*event.capture);
      return CUDA_ERROR_STREAM_CAPTURE_IMPLICIT;
    }
    stream.capture = event.capture;
    stream.capture->members.push_back(&stream);
  }
  wait_for_nodes(stream, event.nodes);
  return CUDA_SUCCESS;
}

CUresult wait(CUstream_st& stream, CUevent_st& event) {
  if (event.capture != nullptr) return join_capture(stream, event);
  if (event.recorded == nullptr) return CUDA_SUCCESS;
  if (CUresult error = check_capture(stream)) return error;
  if (stream.capture != nullptr) {  // the graph cannot come after work that is not in it
    invalidate(*stream.capture);
    return CUDA_ERROR_STREAM_CAPTURE_ISOLATION;
  }
  std::vector<OperationPtr> before = predecessors(stream);
  before.push_back(event.recorded);
  stream.tail = append(stream, Marker{}, std::move(before));
  return CUDA_SUCCESS;
}

CUresult elapsed(float* milliseconds, CUctx_st& context, CUevent_st& start, CUevent_st& end) {
  if ((start.flags | end.flags) & CU_EVENT_DISABLE_TIMING) return CUDA_ERROR_INVALID_HANDLE;
  if (CUresult error = check_askable(context, start)) return error;
  if (CUresult error = check_askable(context, end)) return error;
  if (start.recorded == nullptr || end.recorded == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  if (!start.recorded->done || !end.recorded->done) return CUDA_ERROR_NOT_READY;
  *milliseconds = std::chrono::duration<float, std::milli>(end.recorded->finished - start.recorded->finished).count();
  return CUDA_SUCCESS;
}

}  // namespace

extern "C" {

CUresult cuEventCreate(CUevent* handle, unsigned flags) {
  return in_context("cuEventCreate", [&](CUctx_st& context) {
    if ((flags & CU_EVENT_INTERPROCESS) && !(flags & CU_EVENT_DISABLE_TIMING)) return CUDA_ERROR_INVALID_VALUE;
    *handle = create<CUevent_st>();
    (*handle)->context = &context;
    (*handle)->flags = flags;
    return CUDA_SUCCESS;
  });
}

CUresult cuEventDestroy_v2(CUevent event) {
  return release("cuEventDestroy", [&] {
    if (!live<CUevent_st>().contains(event)) return CUDA_ERROR_INVALID_HANDLE;
    CUcontext context = event->context;
    destroy(event);
    return context->broken;
  });
}

CUresult cuEventRecord(CUevent event, CUstream stream) {
  return on_event("cuEventRecord", event, [&](CUctx_st& context, CUevent_st&) { return record(stream, event, context); });
}

CUresult cuEventRecordWithFlags(CUevent event, CUstream stream, unsigned flags) {
  return on_event("cuEventRecordWithFlags", event, [&](CUctx_st& context, CUevent_st&) {
    return flags == 0 ? record(stream, event, context) : CUDA_ERROR_NOT_SUPPORTED;  // external events of graphs are not modelled
  });
}

// As with streams: the first question finds delayed work unfinished, the next finds it done.
CUresult cuEventQuery(CUevent event) {
  return on_event("cuEventQuery", event, [](CUctx_st& context, CUevent_st& e) {
    if (CUresult error = check_askable(context, e)) return error;
    bool done = e.recorded == nullptr || e.recorded->done;
    finish(e.recorded);
    if (context.broken != CUDA_SUCCESS) return context.broken;
    return done ? CUDA_SUCCESS : CUDA_ERROR_NOT_READY;
  });
}

CUresult cuEventSynchronize(CUevent event) {
  return on_event("cuEventSynchronize", event, [](CUctx_st& context, CUevent_st& e) {
    ++state().counts.synchronisations;
    if (CUresult error = check_askable(context, e)) return error;
    finish(e.recorded);
    return context.broken;
  });
}

CUresult cuEventElapsedTime_v2(float* milliseconds, CUevent start, CUevent end) {
  return on_event("cuEventElapsedTime", start, [&](CUctx_st& context, CUevent_st& first) {
    return live<CUevent_st>().contains(end) ? elapsed(milliseconds, context, first, *end) : CUDA_ERROR_INVALID_HANDLE;
  });
}

CUresult cuEventElapsedTime(float* milliseconds, CUevent start, CUevent end) {
  return cuEventElapsedTime_v2(milliseconds, start, end);
}

CUresult cuStreamWaitEvent(CUstream handle, CUevent event, unsigned flags) {
  return on_event("cuStreamWaitEvent", event, [&](CUctx_st& context, CUevent_st& e) {
    CUstream stream = resolve(context, handle);
    if (stream == nullptr) return CUDA_ERROR_INVALID_HANDLE;
    return flags == 0 ? wait(*stream, e) : CUDA_ERROR_NOT_SUPPORTED;
  });
}

}  // extern "C"
