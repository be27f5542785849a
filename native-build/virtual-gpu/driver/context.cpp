// Contexts: plain ones, the primary one, and the stack of each thread.
#include "capture.h"
#include "frame.h"

using namespace driver;

namespace {

CUstream own_stream(CUcontext context) {
  CUstream stream = create<CUstream_st>();
  stream->context = context;
  return stream;
}

CUcontext create_context(unsigned flags) {
  CUcontext context = create<CUctx_st>();
  context->flags = flags;
  context->id = state().next_id++;
  context->legacy = own_stream(context);
  context->per_thread = own_stream(context);
  context->limits = {{CU_LIMIT_STACK_SIZE, 1024},
                     {CU_LIMIT_PRINTF_FIFO_SIZE, size_t(7) << 20},
                     {CU_LIMIT_MALLOC_HEAP_SIZE, size_t(8) << 20}};
  return context;
}

template <class T>
size_t destroy_all(CUcontext context) {
  size_t destroyed = 0;
  for (T* object : std::unordered_set<T*>(live<T>()))
    if (object->context == context) destroy(object), ++destroyed;
  return destroyed;
}

// Everything that lives in a context goes with it; what its owner had not freed counts as leaked.
void clear(CUcontext context) {
  finish_all(*context);
  for (CUmodule module : std::unordered_set<CUmodule>(live<CUmod_st>()))
    if (module->context == context)
      for (auto& [name, function] : module->functions) destroy(function);
  for (CUstream stream : std::unordered_set<CUstream>(live<CUstream_st>()))
    if (stream->context == context) abandon(*stream);
  size_t objects = destroy_all<CUgraphExec_st>(context) + destroy_all<CUmod_st>(context) + destroy_all<CUevent_st>(context) +
                   destroy_all<CUstream_st>(context) - 2;  // the context's own streams are nobody's leak
  state().counts.leaked_objects += static_cast<long long>(objects);
  state().counts.leaked_allocations += static_cast<long long>(context->allocations.size());
  for (CUdeviceptr address : context->allocations) vgpu::Memory::device().free(address);
  context->allocations.clear();
  context->broken = CUDA_SUCCESS;
}

void reset(CUcontext context) {
  clear(context);
  context->legacy = own_stream(context);
  context->per_thread = own_stream(context);
}

void destroy_context(CUcontext context) {
  clear(context);
  std::erase(context_stack(), context);
  destroy(context);
}

bool known(CUdevice device) { return device >= 0 && device < state().settings.devices; }

}  // namespace

extern "C" {

CUresult cuCtxCreate_v2(CUcontext* context, unsigned flags, CUdevice device) {
  return call("cuCtxCreate", [&] {
    if (!known(device)) return CUDA_ERROR_INVALID_DEVICE;
    *context = create_context(flags);
    context_stack().push_back(*context);
    return CUDA_SUCCESS;
  });
}

CUresult cuCtxDestroy_v2(CUcontext context) {
  return release("cuCtxDestroy", [&] {
    if (!live<CUctx_st>().contains(context) || context == state().primary) return CUDA_ERROR_INVALID_CONTEXT;
    destroy_context(context);
    return CUDA_SUCCESS;
  });
}

CUresult cuDevicePrimaryCtxRetain(CUcontext* context, CUdevice device) {
  return call("cuDevicePrimaryCtxRetain", [&] {
    if (!known(device)) return CUDA_ERROR_INVALID_DEVICE;
    if (state().primary == nullptr) state().primary = create_context(state().primary_flags);
    ++state().primary_users;
    *context = state().primary;
    return CUDA_SUCCESS;
  });
}

CUresult cuDevicePrimaryCtxRelease_v2(CUdevice device) {
  return release("cuDevicePrimaryCtxRelease", [&] {
    if (!known(device)) return CUDA_ERROR_INVALID_DEVICE;
    if (state().primary_users == 0) return CUDA_ERROR_INVALID_CONTEXT;
    if (--state().primary_users > 0) return CUDA_SUCCESS;
    destroy_context(state().primary);
    state().primary = nullptr;
    return CUDA_SUCCESS;
  });
}

CUresult cuDevicePrimaryCtxReset_v2(CUdevice device) {
  return release("cuDevicePrimaryCtxReset", [&] {
    if (!known(device)) return CUDA_ERROR_INVALID_DEVICE;
    if (state().primary != nullptr) reset(state().primary);
    return CUDA_SUCCESS;
  });
}

CUresult cuDevicePrimaryCtxGetState(CUdevice device, unsigned* flags, int* active) {
  return call("cuDevicePrimaryCtxGetState", [&] {
    if (!known(device)) return CUDA_ERROR_INVALID_DEVICE;
    *flags = state().primary_flags;
    *active = state().primary != nullptr;
    return CUDA_SUCCESS;
  });
}

CUresult cuDevicePrimaryCtxSetFlags_v2(CUdevice device, unsigned flags) {
  return call("cuDevicePrimaryCtxSetFlags", [&] {
    if (!known(device)) return CUDA_ERROR_INVALID_DEVICE;
    state().primary_flags = flags;
    return CUDA_SUCCESS;
  });
}

CUresult cuCtxPushCurrent_v2(CUcontext context) {
  return call("cuCtxPushCurrent", [&] {
    if (!live<CUctx_st>().contains(context)) return CUDA_ERROR_INVALID_CONTEXT;
    context_stack().push_back(context);
    return CUDA_SUCCESS;
  });
}

CUresult cuCtxPopCurrent_v2(CUcontext* context) {
  return release("cuCtxPopCurrent", [&] {
    if (context_stack().empty()) return CUDA_ERROR_INVALID_CONTEXT;
    if (context != nullptr) *context = context_stack().back();
    context_stack().pop_back();
    return CUDA_SUCCESS;
  });
}

CUresult cuCtxSetCurrent(CUcontext context) {
  return call("cuCtxSetCurrent", [&] {
    if (context != nullptr && !live<CUctx_st>().contains(context)) return CUDA_ERROR_INVALID_CONTEXT;
    if (!context_stack().empty()) context_stack().pop_back();
    if (context != nullptr) context_stack().push_back(context);
    return CUDA_SUCCESS;
  });
}

CUresult cuCtxGetCurrent(CUcontext* context) {
  return call("cuCtxGetCurrent", [&] {
    *context = context_stack().empty() ? nullptr : context_stack().back();
    return CUDA_SUCCESS;
  });
}

CUresult cuCtxGetDevice(CUdevice* device) {
  return in_context("cuCtxGetDevice", [&](CUctx_st&) { return *device = 0, CUDA_SUCCESS; });
}

CUresult cuCtxGetFlags(unsigned* flags) {
  return in_context("cuCtxGetFlags", [&](CUctx_st& context) { return *flags = context.flags, CUDA_SUCCESS; });
}

CUresult cuCtxGetId(CUcontext context, unsigned long long* id) {
  return in_context("cuCtxGetId", [&](CUctx_st& here) {
    if (context != nullptr && !live<CUctx_st>().contains(context)) return CUDA_ERROR_CONTEXT_IS_DESTROYED;
    *id = context == nullptr ? here.id : context->id;
    return CUDA_SUCCESS;
  });
}

CUresult cuCtxGetApiVersion(CUcontext, unsigned* version) {
  return in_context("cuCtxGetApiVersion", [&](CUctx_st&) { return *version = 3020, CUDA_SUCCESS; });
}

CUresult cuCtxGetLimit(size_t* value, CUlimit limit) {
  return in_context("cuCtxGetLimit", [&](CUctx_st& context) {
    auto found = context.limits.find(limit);
    if (found == context.limits.end()) return CUDA_ERROR_UNSUPPORTED_LIMIT;
    *value = found->second;
    return CUDA_SUCCESS;
  });
}

CUresult cuCtxSetLimit(CUlimit limit, size_t value) {
  return in_context("cuCtxSetLimit", [&](CUctx_st& context) {
    if (!context.limits.contains(limit)) return CUDA_ERROR_UNSUPPORTED_LIMIT;
    context.limits[limit] = value;
    return CUDA_SUCCESS;
  });
}

CUresult cuCtxGetStreamPriorityRange(int* least, int* greatest) {
  return in_context("cuCtxGetStreamPriorityRange", [&](CUctx_st&) {
    if (least != nullptr) *least = 0;
    if (greatest != nullptr) *greatest = -5;
    return CUDA_SUCCESS;
  });
}

CUresult cuCtxSynchronize(void) {
  return in_context("cuCtxSynchronize", [](CUctx_st& context) {
    ++state().counts.synchronisations;
    if (CUresult error = check_no_capture(context)) return error;
    finish_all(context);
    return context.broken;
  });
}

}  // extern "C"
