// Handles, versions and status texts.
#include <algorithm>
#include <cstdio>

#include "cudnn.h"

namespace {

constexpr size_t VERSION = 90500, CUDA_VERSION = 12060;
constexpr int CUDA_NOT_INITIALIZED = 3, CUDA_INVALID_CONTEXT = 201;

}  // namespace

namespace cudnn {

cudnnStatus_t status_of(int driver_status) {
  if (driver_status == 0) return CUDNN_STATUS_SUCCESS;
  bool uninitialised = driver_status == CUDA_NOT_INITIALIZED || driver_status == CUDA_INVALID_CONTEXT;
  return uninitialised ? CUDNN_STATUS_NOT_INITIALIZED : CUDNN_STATUS_EXECUTION_FAILED;
}

}  // namespace cudnn

extern "C" {

size_t cudnnGetVersion(void) { return VERSION; }

size_t cudnnGetCudartVersion(void) { return CUDA_VERSION; }

const char* cudnnGetErrorString(int status) {
  switch (status) {
    case CUDNN_STATUS_SUCCESS: return "CUDNN_STATUS_SUCCESS";
    case CUDNN_STATUS_NOT_INITIALIZED: return "CUDNN_STATUS_NOT_INITIALIZED";
    case CUDNN_STATUS_BAD_PARAM: return "CUDNN_STATUS_BAD_PARAM";
    case CUDNN_STATUS_NOT_SUPPORTED: return "CUDNN_STATUS_NOT_SUPPORTED";
    case CUDNN_STATUS_INTERNAL_ERROR: return "CUDNN_STATUS_INTERNAL_ERROR";
    case CUDNN_STATUS_EXECUTION_FAILED: return "CUDNN_STATUS_EXECUTION_FAILED";
    default: return "CUDNN_UNKNOWN_STATUS";
  }
}

void cudnnGetLastErrorString(char* message, size_t bytes) {
  if (bytes > 0) *message = '\0';
}

cudnnStatus_t cudnnCreate(cudnnHandle_t* handle) {
  cudnnStatus_t status = cudnn::status_of(vgpu_call("cudnnCreate"));
  if (status == CUDNN_STATUS_SUCCESS) *handle = new cudnnContext;
  return status;
}

cudnnStatus_t cudnnDestroy(cudnnHandle_t handle) {
  if (handle == nullptr) return CUDNN_STATUS_NOT_INITIALIZED;
  delete handle;
  return cudnn::status_of(vgpu_call("cudnnDestroy"));
}

cudnnStatus_t cudnnSetStream(cudnnHandle_t handle, CUstream stream) {
  if (handle == nullptr) return CUDNN_STATUS_NOT_INITIALIZED;
  cudnnStatus_t status = cudnn::status_of(vgpu_call("cudnnSetStream"));
  if (status == CUDNN_STATUS_SUCCESS) handle->stream = stream;
  return status;
}

cudnnStatus_t cudnnGetStream(cudnnHandle_t handle, CUstream* stream) {
  if (handle == nullptr) return CUDNN_STATUS_NOT_INITIALIZED;
  return *stream = handle->stream, CUDNN_STATUS_SUCCESS;
}

}  // extern "C"
