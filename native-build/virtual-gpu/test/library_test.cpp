// Library calls are work on a stream like kernels; cuBLAS stands for both libraries, but for what only cuDNN asks.
#include <cmath>

#include "../cublas/cublas.h"
#include "../cudnn/cudnn.h"
#include "bench.h"

extern "C" {
cublasStatus_t cublasCreate_v2(cublasHandle_t*);
cublasStatus_t cublasDestroy_v2(cublasHandle_t);
cublasStatus_t cublasSetStream_v2(cublasHandle_t, CUstream);
cublasStatus_t cublasSetWorkspace_v2(cublasHandle_t, void*, size_t);
cublasStatus_t cublasSetMathMode(cublasHandle_t, int);
cublasStatus_t cublasSgemm_v2(cublasHandle_t, cublasOperation_t, cublasOperation_t, int, int, int, const float*, const float*, int,
                              const float*, int, const float*, float*, int);
cudnnStatus_t cudnnCreate(cudnnHandle_t*);
cudnnStatus_t cudnnDestroy(cudnnHandle_t);
cudnnStatus_t cudnnSetStream(cudnnHandle_t, CUstream);
cudnnStatus_t cudnnConvolutionBackwardBias(cudnnHandle_t, const void*, cudnnTensorDescriptor_t, const void*, const void*,
                                           cudnnTensorDescriptor_t, void*);
}

namespace {

constexpr int SIDE = 8;  // of the square matrices: they fit the bench's arrays

struct Library : Bench {
  cublasHandle_t handle = nullptr;

  Library() {
    CHECK(cublasCreate_v2(&handle) == 0 && cublasSetStream_v2(handle, one) == 0);
  }
  ~Library() { cublasDestroy_v2(handle); }

  static float* pointer(CUdeviceptr address) { return reinterpret_cast<float*>(address); }

  cublasStatus_t multiply(CUdeviceptr c, CUdeviceptr a, CUdeviceptr b, float beta = 0) {
    float alpha = 1;
    return cublasSgemm_v2(handle, CUBLAS_OP_N, CUBLAS_OP_N, SIDE, SIDE, SIDE, &alpha, pointer(a), SIDE, pointer(b), SIDE, &beta,
                          pointer(c), SIDE);
  }

  float first(CUdeviceptr array) {
    float value;
    OK(cuMemcpyDtoH(&value, array, sizeof value));
    return value;
  }
};

void products_take_their_turn() {
  Library library;
  vgpu_set("delayed", 1);
  CHECK(library.multiply(library.z, library.x, library.y) == 0);
  CHECK(library.first(library.z) == 0);
  OK(cuStreamSynchronize(library.one));
  CHECK(library.first(library.z) == 10 * SIDE && library.last(library.z) == 0);  // beyond the matrix nothing changes
  library.set(library.z, NAN);
  CHECK(library.multiply(library.z, library.x, library.y) == 0);  // β = 0: the NaN is not read
  CHECK(library.multiply(library.z, library.x, library.y, 0.5f) == 0);
  OK(cuStreamSynchronize(library.one));
  CHECK(library.first(library.z) == 15 * SIDE);
}

void products_are_captured() {
  Library library;
  CUgraph graph;
  CUgraphExec exec;
  OK(cuStreamBeginCapture(library.one, CU_STREAM_CAPTURE_MODE_GLOBAL));
  CHECK(library.multiply(library.z, library.x, library.y, 1) == 0);
  OK(cuStreamEndCapture(library.one, &graph));
  CHECK(library.first(library.z) == 0);
  OK(cuGraphInstantiate(&exec, graph, 0));
  for (int i = 0; i < 3; ++i) OK(cuGraphLaunch(exec, library.one));
  OK(cuStreamSynchronize(library.one));
  CHECK(library.first(library.z) == 30 * SIDE);
  OK(cuGraphExecDestroy(exec));
  OK(cuGraphDestroy(graph));
}

void modes_lose_what_they_may() {
  Library library;
  library.set(library.x, 1 + 0x1p-12f);  // between two TF32 numbers
  for (int mode : {int(CUBLAS_DEFAULT_MATH), int(CUBLAS_PEDANTIC_MATH), int(CUBLAS_TF32_TENSOR_OP_MATH)}) {
    CHECK(cublasSetMathMode(library.handle, mode) == 0 && library.multiply(library.z, library.x, library.y) == 0);
    float exact = 10 * SIDE * (1 + 0x1p-12f);
    CHECK(library.first(library.z) == (mode == CUBLAS_TF32_TENSOR_OP_MATH ? 10 * SIDE : exact));
  }
}

void operands_are_checked() {
  {
    Library library;
    vgpu_set("initialised", 1);
    CUdeviceptr fresh;
    OK(cuMemAlloc(&fresh, BYTES));
    CHECK(library.multiply(fresh, library.x, library.y) == 0);  // writing is fine
    OK(cuStreamSynchronize(library.one));
    CHECK(library.multiply(library.z, fresh, library.y) == 0);  // so is reading what was written
    OK(cuStreamSynchronize(library.one));
    CHECK(library.multiply(library.z, fresh + sizeof(float), library.y) == 0);
    CHECK(cuStreamSynchronize(library.one) == CUDA_ERROR_LAUNCH_FAILED);
    CHECK(strstr(vgpu_last_fault(), "never written") != nullptr);
    vgpu_set("initialised", 0);
  }
  Library library;
  CHECK(library.multiply(library.z, library.x + BYTES - 16, library.y) == 0);
  CHECK(cuStreamSynchronize(library.one) == CUDA_ERROR_ILLEGAL_ADDRESS);
  CHECK(library.multiply(library.z, library.x, library.y) == CUBLAS_STATUS_EXECUTION_FAILED);
}

void a_workspace_keeps_nothing() {
  Library library;
  CHECK(cublasSetWorkspace_v2(library.handle, reinterpret_cast<void*>(library.y), 4096) == 0);
  CHECK(library.multiply(library.z, library.x, library.x) == 0);
  CHECK(cuStreamSynchronize(library.one) == CUDA_ERROR_ILLEGAL_ADDRESS);  // 4096 bytes of 4000
}

void a_bias_gradient_wants_an_aligned_dy() {
  Library library;
  cudnnHandle_t cudnn;
  CHECK(cudnnCreate(&cudnn) == 0 && cudnnSetStream(cudnn, library.one) == 0);
  cudnnTensorStruct dy{CUDNN_DATA_FLOAT, {2, 3, 4, 5}, {60, 20, 5, 1}}, db{CUDNN_DATA_FLOAT, {1, 3, 1, 1}, {3, 1, 1, 1}};
  const float one = 1, zero = 0;
  auto sum = [&](CUdeviceptr to, CUdeviceptr from) {
    return cudnnConvolutionBackwardBias(cudnn, &one, &dy, Library::pointer(from), &zero, &db, Library::pointer(to));
  };
  CHECK(sum(library.z + 4, library.x + 16) == 0);  // only dy is asked to be
  OK(cuStreamSynchronize(library.one));
  CHECK(library.first(library.z + 4) == 2 * 4 * 5);
  CHECK(sum(library.z, library.x + 4) == 0);
  CHECK(cuStreamSynchronize(library.one) == CUDA_ERROR_MISALIGNED_ADDRESS);
  CHECK(strstr(vgpu_last_fault(), "no multiple of 16") != nullptr);
  cudnnDestroy(cudnn);
}

}  // namespace

int main() {
  products_take_their_turn();
  products_are_captured();
  modes_lose_what_they_may();
  operands_are_checked();
  a_workspace_keeps_nothing();
  a_bias_gradient_wants_an_aligned_dy();
  puts("library_test: all hold");
}
