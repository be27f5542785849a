// Streams, their synchronisation and host functions.
#include <algorithm>

#include "capture.h"
#include "frame.h"

using namespace driver;

namespace {

CUresult create_stream(CUctx_st& context, CUstream* handle, unsigned flags, int priority) {
  if (flags & ~unsigned(CU_STREAM_NON_BLOCKING)) return CUDA_ERROR_INVALID_VALUE;
  CUstream stream = create<CUstream_st>();
  stream->context = &context;
  stream->flags = flags;
  stream->priority = std::clamp(priority, -5, 0);
  stream->id = state().next_id++;
  *handle = stream;
  return CUDA_SUCCESS;
}

// A capturing stream may not be waited for or asked.
CUresult check_waitable(CUstream_st& stream) {
  if (CUresult error = check_capture(stream)) return error;
  if (stream.capture == nullptr) return check_safe(*stream.context);
  invalidate(*stream.capture);
  return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
}

}  // namespace

extern "C" {

CUresult cuStreamCreate(CUstream* stream, unsigned flags) {
  return in_context("cuStreamCreate", [&](CUctx_st& context) { return create_stream(context, stream, flags, 0); });
}

CUresult cuStreamCreateWithPriority(CUstream* stream, unsigned flags, int priority) {
  return in_context("cuStreamCreateWithPriority",
                    [&](CUctx_st& context) { return create_stream(context, stream, flags, priority); });
}

CUresult cuStreamDestroy_v2(CUstream stream) {
  return release("cuStreamDestroy", [&] {
    if (!live<CUstream_st>().contains(stream)) return CUDA_ERROR_INVALID_HANDLE;
    CUcontext context = stream->context;
    if (stream == context->legacy || stream == context->per_thread) return CUDA_ERROR_INVALID_HANDLE;
    abandon(*stream);
    finish(stream->tail);  // its work goes on to its end without it
    destroy(stream);
    return context->broken;
  });
}

CUresult cuStreamSynchronize(CUstream handle) {
  return on_stream("cuStreamSynchronize", handle, [](CUstream_st& stream) {
    ++state().counts.synchronisations;
    if (CUresult error = check_waitable(stream)) return error;
    for (const OperationPtr& before : predecessors(stream)) finish(before);
    return stream.context->broken;
  });
}

// The first question finds delayed work unfinished, and sees to it that the next finds it done.
CUresult cuStreamQuery(CUstream handle) {
  return on_stream("cuStreamQuery", handle, [](CUstream_st& stream) {
    if (CUresult error = check_waitable(stream)) return error;
    std::vector<OperationPtr> before = predecessors(stream);
    for (const OperationPtr& operation : before) finish(operation);
    if (stream.context->broken != CUDA_SUCCESS) return stream.context->broken;
    return before.empty() ? CUDA_SUCCESS : CUDA_ERROR_NOT_READY;
  });
}

CUresult cuStreamGetFlags(CUstream handle, unsigned* flags) {
  return on_stream("cuStreamGetFlags", handle, [&](CUstream_st& stream) { return *flags = stream.flags, CUDA_SUCCESS; });
}

CUresult cuStreamGetPriority(CUstream handle, int* priority) {
  return on_stream("cuStreamGetPriority", handle, [&](CUstream_st& stream) { return *priority = stream.priority, CUDA_SUCCESS; });
}

CUresult cuStreamGetId(CUstream handle, unsigned long long* id) {
  return on_stream("cuStreamGetId", handle, [&](CUstream_st& stream) { return *id = stream.id, CUDA_SUCCESS; });
}

CUresult cuStreamGetCtx(CUstream handle, CUcontext* context) {
  return on_stream("cuStreamGetCtx", handle, [&](CUstream_st& stream) { return *context = stream.context, CUDA_SUCCESS; });
}

CUresult cuLaunchHostFunc(CUstream handle, CUhostFn function, void* data) {
  return on_stream("cuLaunchHostFunc", handle,
                   [&](CUstream_st& stream) { return enqueue(stream, HostCall{[=] { function(data); }}); });
}

CUresult cuStreamAddCallback(CUstream handle, CUstreamCallback callback, void* data, unsigned flags) {
  return on_stream("cuStreamAddCallback", handle, [&](CUstream_st& stream) {
    if (flags != 0) return CUDA_ERROR_INVALID_VALUE;
    if (stream.capture != nullptr) return check_waitable(stream);
    return enqueue(stream, HostCall{[=] { callback(handle, CUDA_SUCCESS, data); }});
  });
}

}  // extern "C"
