// The matrix products: arguments checked, then put on the handle's stream.
#include <algorithm>
#include <vector>

#include "cublas.h"
#include "product.h"

using namespace cublas;

namespace {

constexpr size_t SCRIBBLED = 4096;  // of the workspace, so that nobody keeps anything there

bool is_valid(const Matrix& matrix, int64_t rows, int64_t columns) {
  return matrix.leading >= std::max<int64_t>(1, matrix.transposed ? columns : rows);
}

struct Access {
  int read, written;
};

// The columns of each matrix of the batch.
void add_operands(std::vector<vgpu_operand>& operands, const Matrix& matrix, int64_t rows, int64_t columns, int64_t batch,
                  Access access) {
  if (matrix.transposed) std::swap(rows, columns);
  size_t element = numbers::bytes_of(matrix.type);
  for (int64_t i = 0; i < batch; ++i)
    operands.push_back({matrix.address + static_cast<uint64_t>(i * matrix.stride) * element, static_cast<size_t>(rows) * element,
                        static_cast<size_t>(matrix.leading) * element, static_cast<size_t>(columns), access.read, access.written,
                        element});
}

std::vector<vgpu_operand> operands_of(const Product& p, size_t workspace_bytes) {
  std::vector<vgpu_operand> operands;
  add_operands(operands, p.a, p.m, p.k, p.batch, {1, 0});
  add_operands(operands, p.b, p.k, p.n, p.batch, {1, 0});
  add_operands(operands, p.c, p.m, p.n, p.batch, {p.beta.value != 0, 1});
  operands.push_back({p.workspace, workspace_bytes, 0, 1, 0, 0, 1});
  for (const Scalar& s : {p.alpha, p.beta})
    operands.push_back({s.address, s.address == 0 ? 0 : sizeof(float), 0, 1, 1, 0, sizeof(float)});
  return operands;
}

Scalar scalar(cublasHandle_t handle, const void* pointer) {
  if (handle->pointer_mode == CUBLAS_POINTER_MODE_DEVICE) return {0, reinterpret_cast<uint64_t>(pointer)};
  return {*static_cast<const float*>(pointer), 0};
}

// False for what the tables of the manual do not have.
bool set_inputs(Product& p, cublasHandle_t handle, int compute) {
  bool f32 = p.a.type == CUDA_R_32F;
  if (numbers::bytes_of(p.a.type) == 0 || p.a.type != p.b.type) return false;
  if (p.c.type != CUDA_R_32F && p.c.type != p.a.type) return false;
  bool tf32 = (handle->math_mode & CUBLAS_TF32_TENSOR_OP_MATH) == CUBLAS_TF32_TENSOR_OP_MATH;
  switch (compute) {
    case CUBLAS_COMPUTE_32F: p.inputs = f32 && tf32 ? Inputs::TF32 : Inputs::EXACT; return true;
    case CUBLAS_COMPUTE_32F_PEDANTIC: p.inputs = Inputs::EXACT; return true;
    case CUBLAS_COMPUTE_32F_FAST_16F: p.inputs = Inputs::F16; return f32;
    case CUBLAS_COMPUTE_32F_FAST_16BF: p.inputs = Inputs::BF16; return f32;
    case CUBLAS_COMPUTE_32F_FAST_TF32: p.inputs = Inputs::TF32; return f32;
    default: return false;
  }
}

cublasStatus_t enqueue(const char* name, cublasHandle_t handle, Product p, const void* alpha, const void* beta, int compute) {
  if (!is_live(handle)) return CUBLAS_STATUS_NOT_INITIALIZED;
  if (p.m < 0 || p.n < 0 || p.k < 0 || p.batch < 0 || alpha == nullptr || beta == nullptr) return CUBLAS_STATUS_INVALID_VALUE;
  if (!is_valid(p.a, p.m, p.k) || !is_valid(p.b, p.k, p.n) || !is_valid(p.c, p.m, p.n)) return CUBLAS_STATUS_INVALID_VALUE;
  if (!set_inputs(p, handle, compute)) return CUBLAS_STATUS_NOT_SUPPORTED;
  if (p.m == 0 || p.n == 0 || p.batch == 0) return CUBLAS_STATUS_SUCCESS;
  p.alpha = scalar(handle, alpha);
  p.beta = scalar(handle, beta);
  p.workspace = handle->workspace;
  p.workspace_bytes = std::min(handle->workspace_bytes, SCRIBBLED);
  std::vector<vgpu_operand> operands = operands_of(p, handle->workspace_bytes);
  auto run = [](void* arguments) { multiply(*static_cast<Product*>(arguments)); };
  return status_of(vgpu_enqueue(handle->stream, name, run, &p, sizeof p, operands.data(), operands.size()));
}

Matrix matrix(const void* address, cudaDataType type, int leading, int64_t stride = 0, int operation = CUBLAS_OP_N) {
  return {reinterpret_cast<uint64_t>(address), type, leading, stride, operation != CUBLAS_OP_N};
}

}  // namespace

extern "C" {

cublasStatus_t cublasGemmStridedBatchedEx(cublasHandle_t handle, cublasOperation_t opa, cublasOperation_t opb, int m, int n, int k,
                                          const void* alpha, const void* a, cudaDataType ta, int lda, long long sa, const void* b,
                                          cudaDataType tb, int ldb, long long sb, const void* beta, void* c, cudaDataType tc,
                                          int ldc, long long sc, int batch, int compute, int) {
  Product p{matrix(a, ta, lda, sa, opa), matrix(b, tb, ldb, sb, opb), matrix(c, tc, ldc, sc), m, n, k, batch};
  return enqueue("cublasGemmStridedBatchedEx", handle, p, alpha, beta, compute);
}

cublasStatus_t cublasGemmEx(cublasHandle_t handle, cublasOperation_t opa, cublasOperation_t opb, int m, int n, int k,
                            const void* alpha, const void* a, cudaDataType ta, int lda, const void* b, cudaDataType tb, int ldb,
                            const void* beta, void* c, cudaDataType tc, int ldc, int compute, int) {
  Product p{matrix(a, ta, lda, 0, opa), matrix(b, tb, ldb, 0, opb), matrix(c, tc, ldc), m, n, k};
  return enqueue("cublasGemmEx", handle, p, alpha, beta, compute);
}

cublasStatus_t cublasSgemm_v2(cublasHandle_t handle, cublasOperation_t opa, cublasOperation_t opb, int m, int n, int k,
                              const float* alpha, const float* a, int lda, const float* b, int ldb, const float* beta, float* c,
                              int ldc) {
  Product p{matrix(a, CUDA_R_32F, lda, 0, opa), matrix(b, CUDA_R_32F, ldb, 0, opb), matrix(c, CUDA_R_32F, ldc), m, n, k};
  return enqueue("cublasSgemm", handle, p, alpha, beta, CUBLAS_COMPUTE_32F);
}

cublasStatus_t cublasSgemmStridedBatched(cublasHandle_t handle, cublasOperation_t opa, cublasOperation_t opb, int m, int n, int k,
                                         const float* alpha, const float* a, int lda, long long sa, const float* b, int ldb,
                                         long long sb, const float* beta, float* c, int ldc, long long sc, int batch) {
  Matrix ma = matrix(a, CUDA_R_32F, lda, sa, opa), mb = matrix(b, CUDA_R_32F, ldb, sb, opb);
  Product p{ma, mb, matrix(c, CUDA_R_32F, ldc, sc), m, n, k, batch};
  return enqueue("cublasSgemmStridedBatched", handle, p, alpha, beta, CUBLAS_COMPUTE_32F);
}

}  // extern "C"
