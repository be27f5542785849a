// The operations: arguments checked, then put on the handle's stream.
#include <algorithm>
#include <vector>

#include "compute.h"

using namespace cudnn;

namespace {

constexpr int FORWARD_ALGORITHMS = 8, DATA_ALGORITHMS = 6, FILTER_ALGORITHMS = 7;
constexpr size_t WORKSPACE = 4096;  // every algorithm but the first wants some, so that its passing is exercised

size_t workspace_of(int algorithm, const cudnnTensorStruct& w) {
  return algorithm == 0 ? 0 : WORKSPACE + sizeof(float) * static_cast<size_t>(w.size[1]) * w.size[2] * w.size[3];
}

bool channels_last(const cudnnTensorStruct& t) { return t.stride[1] == 1; }

cudnnStatus_t check(const cudnnTensorStruct& x, const cudnnFilterStruct& w, const cudnnConvolutionStruct& c,
                    const cudnnTensorStruct& y) {
  const int* filter = w.tensor.size;
  if (x.type != w.tensor.type || x.type != y.type) return CUDNN_STATUS_BAD_PARAM;
  if (x.size[1] != filter[1] * c.groups || filter[0] % c.groups != 0) return CUDNN_STATUS_BAD_PARAM;
  if (y.size[0] != x.size[0] || y.size[1] != filter[0]) return CUDNN_STATUS_BAD_PARAM;
  for (int axis = 0; axis < 2; ++axis)
    if (y.size[2 + axis] != output_size(c, axis, x.size[2 + axis], filter[2 + axis])) return CUDNN_STATUS_BAD_PARAM;
  bool nhwc = w.format == CUDNN_TENSOR_NHWC;
  return nhwc && (!channels_last(x) || !channels_last(y)) ? CUDNN_STATUS_NOT_SUPPORTED : CUDNN_STATUS_SUCCESS;
}

// Of a tensor with gaps, only what lies between its first and last element is known.
vgpu_operand operand(const Operand& o, bool read, bool written, size_t alignment = 1) {
  const int* size = o.tensor.size;
  size_t bytes = extent(o.tensor), element = numbers::bytes_of(format_of(o.tensor.type));
  bool dense = bytes == element * static_cast<size_t>(size[0]) * size[1] * size[2] * size[3];
  return {o.address, bytes, 0, 1, read && dense, written, std::max(alignment, element)};
}

Operand operand_of(const cudnnTensorStruct& tensor, const void* address) { return {tensor, reinterpret_cast<uint64_t>(address)}; }

double scale(const void* pointer) { return *static_cast<const float*>(pointer); }

template <class Arguments>
cudnnStatus_t enqueue(cudnnHandle_t handle, const char* name, void (*run)(void*), const Arguments& arguments,
                      const std::vector<vgpu_operand>& operands) {
  return status_of(vgpu_enqueue(handle->stream, name, run, &arguments, sizeof arguments, operands.data(), operands.size()));
}

struct Call {
  const char* name;
  cudnnHandle_t handle;
  const void *alpha, *beta;
  int algorithm, algorithms;
  void* workspace;
  size_t workspace_bytes;
};

cudnnStatus_t enqueue(const Call& call, Direction direction, const cudnnTensorStruct& xd, const void* x,
                      const cudnnFilterStruct& wd, const void* w, const cudnnTensorStruct& yd, const void* y,
                      const cudnnConvolutionStruct& shape) {
  if (call.handle == nullptr) return CUDNN_STATUS_NOT_INITIALIZED;
  if (cudnnStatus_t bad = check(xd, wd, shape, yd)) return bad;
  size_t wanted = workspace_of(call.algorithm, wd.tensor);
  bool enough = wanted == 0 || (call.workspace != nullptr && call.workspace_bytes >= wanted);
  if (call.algorithm < 0 || call.algorithm >= call.algorithms || !enough) return CUDNN_STATUS_BAD_PARAM;
  Convolution c{direction, operand_of(xd, x), operand_of(wd.tensor, w), operand_of(yd, y), shape};
  c.alpha = scale(call.alpha);
  c.beta = scale(call.beta);
  c.workspace = reinterpret_cast<uint64_t>(call.workspace);
  c.workspace_bytes = wanted;
  std::vector<vgpu_operand> operands = {{c.workspace, wanted, 0, 1, 0, 1, 1}};
  auto add = [&](const Operand& o, Direction writes) {
    operands.push_back(operand(o, direction != writes || c.beta != 0, direction == writes));
  };
  add(c.x, Direction::BACKWARD_DATA);
  add(c.w, Direction::BACKWARD_FILTER);
  add(c.y, Direction::FORWARD);
  return enqueue(call.handle, call.name, [](void* p) { convolve(*static_cast<Convolution*>(p)); }, c, operands);
}

cudnnStatus_t workspace(const cudnnTensorStruct& x, const cudnnFilterStruct& w, const cudnnConvolutionStruct& c,
                        const cudnnTensorStruct& y, int algorithm, int algorithms, size_t* bytes) {
  if (cudnnStatus_t bad = check(x, w, c, y)) return bad;
  if (algorithm < 0 || algorithm >= algorithms) return CUDNN_STATUS_BAD_PARAM;
  return *bytes = workspace_of(algorithm, w.tensor), CUDNN_STATUS_SUCCESS;
}

}  // namespace

extern "C" {

cudnnStatus_t cudnnGetConvolution2dForwardOutputDim(cudnnConvolutionDescriptor_t c, cudnnTensorDescriptor_t x,
                                                    cudnnFilterDescriptor_t w, int* n, int* channels, int* h, int* width) {
  if (x->size[1] != w->tensor.size[1] * c->groups) return CUDNN_STATUS_BAD_PARAM;
  *n = x->size[0];
  *channels = w->tensor.size[0];
  *h = output_size(*c, 0, x->size[2], w->tensor.size[2]);
  *width = output_size(*c, 1, x->size[3], w->tensor.size[3]);
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnGetConvolutionNdForwardOutputDim(cudnnConvolutionDescriptor_t c, cudnnTensorDescriptor_t x,
                                                    cudnnFilterDescriptor_t w, int dimensions, int* size) {
  if (dimensions != 4) return CUDNN_STATUS_BAD_PARAM;
  return cudnnGetConvolution2dForwardOutputDim(c, x, w, size, size + 1, size + 2, size + 3);
}

cudnnStatus_t cudnnGetConvolutionForwardWorkspaceSize(cudnnHandle_t, cudnnTensorDescriptor_t x, cudnnFilterDescriptor_t w,
                                                      cudnnConvolutionDescriptor_t c, cudnnTensorDescriptor_t y, int algorithm,
                                                      size_t* bytes) {
  return workspace(*x, *w, *c, *y, algorithm, FORWARD_ALGORITHMS, bytes);
}

cudnnStatus_t cudnnGetConvolutionBackwardDataWorkspaceSize(cudnnHandle_t, cudnnFilterDescriptor_t w, cudnnTensorDescriptor_t dy,
                                                           cudnnConvolutionDescriptor_t c, cudnnTensorDescriptor_t dx,
                                                           int algorithm, size_t* bytes) {
  return workspace(*dx, *w, *c, *dy, algorithm, DATA_ALGORITHMS, bytes);
}

cudnnStatus_t cudnnGetConvolutionBackwardFilterWorkspaceSize(cudnnHandle_t, cudnnTensorDescriptor_t x, cudnnTensorDescriptor_t dy,
                                                             cudnnConvolutionDescriptor_t c, cudnnFilterDescriptor_t dw,
                                                             int algorithm, size_t* bytes) {
  return workspace(*x, *dw, *c, *dy, algorithm, FILTER_ALGORITHMS, bytes);
}

cudnnStatus_t cudnnConvolutionForward(cudnnHandle_t handle, const void* alpha, cudnnTensorDescriptor_t xd, const void* x,
                                      cudnnFilterDescriptor_t wd, const void* w, cudnnConvolutionDescriptor_t c, int algorithm,
                                      void* space, size_t bytes, const void* beta, cudnnTensorDescriptor_t yd, void* y) {
  Call call{"cudnnConvolutionForward", handle, alpha, beta, algorithm, FORWARD_ALGORITHMS, space, bytes};
  return enqueue(call, Direction::FORWARD, *xd, x, *wd, w, *yd, y, *c);
}

cudnnStatus_t cudnnConvolutionBackwardData(cudnnHandle_t handle, const void* alpha, cudnnFilterDescriptor_t wd, const void* w,
                                           cudnnTensorDescriptor_t dyd, const void* dy, cudnnConvolutionDescriptor_t c,
                                           int algorithm, void* space, size_t bytes, const void* beta,
                                           cudnnTensorDescriptor_t dxd, void* dx) {
  Call call{"cudnnConvolutionBackwardData", handle, alpha, beta, algorithm, DATA_ALGORITHMS, space, bytes};
  return enqueue(call, Direction::BACKWARD_DATA, *dxd, dx, *wd, w, *dyd, dy, *c);
}

cudnnStatus_t cudnnConvolutionBackwardFilter(cudnnHandle_t handle, const void* alpha, cudnnTensorDescriptor_t xd, const void* x,
                                             cudnnTensorDescriptor_t dyd, const void* dy, cudnnConvolutionDescriptor_t c,
                                             int algorithm, void* space, size_t bytes, const void* beta,
                                             cudnnFilterDescriptor_t dwd, void* dw) {
  Call call{"cudnnConvolutionBackwardFilter", handle, alpha, beta, algorithm, FILTER_ALGORITHMS, space, bytes};
  return enqueue(call, Direction::BACKWARD_FILTER, *xd, x, *dwd, dw, *dyd, dy, *c);
}

cudnnStatus_t cudnnConvolutionBackwardBias(cudnnHandle_t handle, const void* alpha, cudnnTensorDescriptor_t dyd, const void* dy,
                                           const void* beta, cudnnTensorDescriptor_t dbd, void* db) {
  if (handle == nullptr) return CUDNN_STATUS_NOT_INITIALIZED;
  int wanted[4] = {1, dyd->size[1], 1, 1};
  if (!std::equal(wanted, wanted + 4, dbd->size) || dyd->type != dbd->type) return CUDNN_STATUS_BAD_PARAM;
  Sum s{operand_of(*dyd, dy), operand_of(*dbd, db), scale(alpha), scale(beta)};
  return enqueue(handle, "cudnnConvolutionBackwardBias", [](void* p) { sum_over_all_but_channels(*static_cast<Sum*>(p)); }, s,
                 {operand(s.from, true, false, 16), operand(s.to, s.beta != 0, true)});  // 16: as cuDNN 9.14 on an H200
}

cudnnStatus_t cudnnAddTensor(cudnnHandle_t handle, const void* alpha, cudnnTensorDescriptor_t ad, const void* a, const void* beta,
                             cudnnTensorDescriptor_t cd, void* c) {
  if (handle == nullptr) return CUDNN_STATUS_NOT_INITIALIZED;
  for (int i = 0; i < 4; ++i)
    if (ad->size[i] != 1 && ad->size[i] != cd->size[i]) return CUDNN_STATUS_BAD_PARAM;
  if (ad->type != cd->type) return CUDNN_STATUS_BAD_PARAM;
  Sum s{operand_of(*ad, a), operand_of(*cd, c), scale(alpha), scale(beta)};
  return enqueue(handle, "cudnnAddTensor", [](void* p) { add_broadcast(*static_cast<Sum*>(p)); }, s,
                 {operand(s.from, true, false), operand(s.to, s.beta != 0, true)});
}

}  // extern "C"
