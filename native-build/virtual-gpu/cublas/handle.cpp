// Handles and their settings.
#include <mutex>
#include <unordered_set>

#include "cublas.h"

namespace {

constexpr int VERSION = 120603, CUDA_OUT_OF_MEMORY = 2, CUDA_NOT_INITIALIZED = 3, CUDA_INVALID_CONTEXT = 201;

std::mutex& lock_of_handles() {
  static std::mutex& one = *new std::mutex;
  return one;
}

std::unordered_set<cublasHandle_t>& handles() {
  static auto& live = *new std::unordered_set<cublasHandle_t>;
  return live;
}

template <class Body>
cublasStatus_t with(cublasHandle_t handle, const char* name, Body body) {
  if (!cublas::is_live(handle)) return CUBLAS_STATUS_NOT_INITIALIZED;
  cublasStatus_t status = cublas::status_of(vgpu_call(name));
  return status != CUBLAS_STATUS_SUCCESS ? status : (body(), CUBLAS_STATUS_SUCCESS);
}

}  // namespace

namespace cublas {

cublasStatus_t status_of(int driver_status) {
  switch (driver_status) {
    case 0: return CUBLAS_STATUS_SUCCESS;
    case CUDA_OUT_OF_MEMORY: return CUBLAS_STATUS_ALLOC_FAILED;
    case CUDA_NOT_INITIALIZED:
    case CUDA_INVALID_CONTEXT: return CUBLAS_STATUS_NOT_INITIALIZED;
    default: return CUBLAS_STATUS_EXECUTION_FAILED;
  }
}

bool is_live(cublasHandle_t handle) {
  std::lock_guard lock(lock_of_handles());
  return handles().contains(handle);
}

}  // namespace cublas

extern "C" {

cublasStatus_t cublasCreate_v2(cublasHandle_t* handle) {
  cublasStatus_t status = cublas::status_of(vgpu_call("cublasCreate"));
  if (status != CUBLAS_STATUS_SUCCESS) return status;
  std::lock_guard lock(lock_of_handles());
  handles().insert(*handle = new cublasContext);
  return CUBLAS_STATUS_SUCCESS;
}

// Done whatever happens, like everything that releases.
cublasStatus_t cublasDestroy_v2(cublasHandle_t handle) {
  if (!cublas::is_live(handle)) return CUBLAS_STATUS_NOT_INITIALIZED;
  int status = vgpu_call("cublasDestroy");
  std::lock_guard lock(lock_of_handles());
  handles().erase(handle);
  delete handle;
  return cublas::status_of(status);
}

const char* cublasGetStatusName(int status) {
  switch (status) {
    case CUBLAS_STATUS_SUCCESS: return "CUBLAS_STATUS_SUCCESS";
    case CUBLAS_STATUS_NOT_INITIALIZED: return "CUBLAS_STATUS_NOT_INITIALIZED";
    case CUBLAS_STATUS_ALLOC_FAILED: return "CUBLAS_STATUS_ALLOC_FAILED";
    case CUBLAS_STATUS_INVALID_VALUE: return "CUBLAS_STATUS_INVALID_VALUE";
    case CUBLAS_STATUS_EXECUTION_FAILED: return "CUBLAS_STATUS_EXECUTION_FAILED";
    case CUBLAS_STATUS_NOT_SUPPORTED: return "CUBLAS_STATUS_NOT_SUPPORTED";
    default: return "unrecognized error code";
  }
}

const char* cublasGetStatusString(int status) { return cublasGetStatusName(status); }

cublasStatus_t cublasGetVersion_v2(cublasHandle_t, int* version) { return *version = VERSION, CUBLAS_STATUS_SUCCESS; }

// A new stream takes the user's workspace away, as the manual says.
cublasStatus_t cublasSetStream_v2(cublasHandle_t handle, CUstream stream) {
  return with(handle, "cublasSetStream", [=] {
    handle->stream = stream;
    handle->workspace = handle->workspace_bytes = 0;
  });
}

cublasStatus_t cublasGetStream_v2(cublasHandle_t handle, CUstream* stream) {
  return with(handle, "cublasGetStream", [=] { *stream = handle->stream; });
}

cublasStatus_t cublasSetWorkspace_v2(cublasHandle_t handle, void* workspace, size_t bytes) {
  auto address = reinterpret_cast<unsigned long long>(workspace);
  if (address % 256 != 0) return CUBLAS_STATUS_INVALID_VALUE;
  return with(handle, "cublasSetWorkspace", [=] {
    handle->workspace = address;
    handle->workspace_bytes = bytes;
  });
}

cublasStatus_t cublasSetPointerMode_v2(cublasHandle_t handle, cublasPointerMode_t mode) {
  return with(handle, "cublasSetPointerMode", [=] { handle->pointer_mode = mode; });
}

cublasStatus_t cublasGetPointerMode_v2(cublasHandle_t handle, cublasPointerMode_t* mode) {
  return with(handle, "cublasGetPointerMode", [=] { *mode = handle->pointer_mode; });
}

cublasStatus_t cublasSetAtomicsMode(cublasHandle_t handle, cublasAtomicsMode_t mode) {
  return with(handle, "cublasSetAtomicsMode", [=] { handle->atomics_mode = mode; });
}

cublasStatus_t cublasGetAtomicsMode(cublasHandle_t handle, cublasAtomicsMode_t* mode) {
  return with(handle, "cublasGetAtomicsMode", [=] { *mode = handle->atomics_mode; });
}

cublasStatus_t cublasSetMathMode(cublasHandle_t handle, int mode) {
  if ((mode & ~CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION) > CUBLAS_TF32_TENSOR_OP_MATH) return CUBLAS_STATUS_INVALID_VALUE;
  return with(handle, "cublasSetMathMode", [=] { handle->math_mode = mode; });
}

cublasStatus_t cublasGetMathMode(cublasHandle_t handle, int* mode) {
  return with(handle, "cublasGetMathMode", [=] { *mode = handle->math_mode; });
}

}  // extern "C"
