// The door through which cuBLAS and cuDNN put their work on streams.
#include "../vgpu.h"

#include "frame.h"

using namespace driver;

namespace {

CUresult enter_library(const char* name, CUcontext* context) {
  if (inside_callback) return CUDA_ERROR_NOT_PERMITTED;
  CUresult status = enter(calls_of(name), name, true);
  return status != CUDA_SUCCESS ? status : current(context);
}

}  // namespace

extern "C" {

int vgpu_call(const char* name) {
  std::lock_guard lock(state().mutex);
  CUcontext context;
  return enter_library(name, &context);
}

int vgpu_enqueue(CUstream handle, const char* name, void (*run)(void*), const void* arguments, size_t bytes,
                 const vgpu_operand* operands, size_t operand_count) {
  std::lock_guard lock(state().mutex);
  CUcontext context;
  CUresult status = enter_library(name, &context);
  if (status != CUDA_SUCCESS) return status;
  CUstream stream = resolve(*context, handle);
  if (stream == nullptr) return CUDA_ERROR_INVALID_HANDLE;
  const auto* first = static_cast<const uint8_t*>(arguments);
  if (stream->capture == nullptr) ++state().counts.launches;
  return enqueue(*stream, LibraryCall{name, run, {first, first + bytes}, {operands, operands + operand_count}});
}

}  // extern "C"
