// Descriptors: host objects, so nothing here reaches the driver. More than four dimensions are not modelled.
#include <algorithm>

#include "cudnn.h"

namespace {

void pack(cudnnTensorStruct& t, int format) {
  int n = 0, c = 1, h = 2, w = 3;
  if (format == CUDNN_TENSOR_NCHW) {
    t.stride[w] = 1;
    t.stride[h] = t.size[w];
    t.stride[c] = t.size[h] * t.size[w];
  } else {
    t.stride[c] = 1;
    t.stride[w] = t.size[c];
    t.stride[h] = t.size[w] * t.size[c];
  }
  t.stride[n] = t.size[c] * t.size[h] * t.size[w];
}

cudnnStatus_t set(cudnnTensorStruct* t, int type, int dimensions, const int* size, const int* stride, int format) {
  if (t == nullptr || size == nullptr) return CUDNN_STATUS_BAD_PARAM;
  if (dimensions != 4 || !cudnn::is_known(type)) return CUDNN_STATUS_NOT_SUPPORTED;
  if (stride == nullptr && format != CUDNN_TENSOR_NCHW && format != CUDNN_TENSOR_NHWC) return CUDNN_STATUS_NOT_SUPPORTED;
  if (std::any_of(size, size + 4, [](int s) { return s <= 0; })) return CUDNN_STATUS_BAD_PARAM;
  t->type = static_cast<cudnnDataType_t>(type);
  std::copy_n(size, 4, t->size);
  if (stride == nullptr) pack(*t, format);
  else std::copy_n(stride, 4, t->stride);
  return CUDNN_STATUS_SUCCESS;
}

template <class T>
cudnnStatus_t create(T** descriptor) {
  *descriptor = new T;
  return CUDNN_STATUS_SUCCESS;
}

template <class T>
cudnnStatus_t destroy(T* descriptor) {
  delete descriptor;
  return CUDNN_STATUS_SUCCESS;
}

}  // namespace

extern "C" {

cudnnStatus_t cudnnCreateTensorDescriptor(cudnnTensorDescriptor_t* t) { return create(t); }
cudnnStatus_t cudnnDestroyTensorDescriptor(cudnnTensorDescriptor_t t) { return destroy(t); }
cudnnStatus_t cudnnCreateFilterDescriptor(cudnnFilterDescriptor_t* f) { return create(f); }
cudnnStatus_t cudnnDestroyFilterDescriptor(cudnnFilterDescriptor_t f) { return destroy(f); }
cudnnStatus_t cudnnCreateConvolutionDescriptor(cudnnConvolutionDescriptor_t* c) { return create(c); }
cudnnStatus_t cudnnDestroyConvolutionDescriptor(cudnnConvolutionDescriptor_t c) { return destroy(c); }

cudnnStatus_t cudnnSetTensor4dDescriptor(cudnnTensorDescriptor_t t, int format, int type, int n, int c, int h, int w) {
  int size[4] = {n, c, h, w};
  return set(t, type, 4, size, nullptr, format);
}

cudnnStatus_t cudnnSetTensor4dDescriptorEx(cudnnTensorDescriptor_t t, int type, int n, int c, int h, int w, int sn, int sc, int sh,
                                           int sw) {
  int size[4] = {n, c, h, w}, stride[4] = {sn, sc, sh, sw};
  return set(t, type, 4, size, stride, CUDNN_TENSOR_NCHW);
}

cudnnStatus_t cudnnSetTensorNdDescriptor(cudnnTensorDescriptor_t t, int type, int dimensions, const int* size, const int* stride) {
  if (stride == nullptr) return CUDNN_STATUS_BAD_PARAM;
  return set(t, type, dimensions, size, stride, CUDNN_TENSOR_NCHW);
}

cudnnStatus_t cudnnSetTensorNdDescriptorEx(cudnnTensorDescriptor_t t, int format, int type, int dimensions, const int* size) {
  return set(t, type, dimensions, size, nullptr, format);
}

cudnnStatus_t cudnnGetTensor4dDescriptor(cudnnTensorDescriptor_t t, int* type, int* n, int* c, int* h, int* w, int* sn, int* sc,
                                         int* sh, int* sw) {
  *type = t->type;
  int* sizes[4] = {n, c, h, w};
  int* strides[4] = {sn, sc, sh, sw};
  for (int i = 0; i < 4; ++i) *sizes[i] = t->size[i], *strides[i] = t->stride[i];
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnGetTensorNdDescriptor(cudnnTensorDescriptor_t t, int asked, int* type, int* dimensions, int* size, int* stride) {
  *type = t->type;
  *dimensions = 4;
  std::copy_n(t->size, std::clamp(asked, 0, 4), size);
  std::copy_n(t->stride, std::clamp(asked, 0, 4), stride);
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnGetTensorSizeInBytes(cudnnTensorDescriptor_t t, size_t* bytes) {
  return *bytes = cudnn::extent(*t), CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnSetFilterNdDescriptor(cudnnFilterDescriptor_t f, int type, int format, int dimensions, const int* size) {
  if (f == nullptr) return CUDNN_STATUS_BAD_PARAM;
  f->format = static_cast<cudnnTensorFormat_t>(format);
  return set(&f->tensor, type, dimensions, size, nullptr, format);
}

cudnnStatus_t cudnnSetFilter4dDescriptor(cudnnFilterDescriptor_t f, int type, int format, int k, int c, int h, int w) {
  int size[4] = {k, c, h, w};
  return cudnnSetFilterNdDescriptor(f, type, format, 4, size);
}

cudnnStatus_t cudnnGetFilter4dDescriptor(cudnnFilterDescriptor_t f, int* type, int* format, int* k, int* c, int* h, int* w) {
  *type = f->tensor.type;
  *format = f->format;
  int* sizes[4] = {k, c, h, w};
  for (int i = 0; i < 4; ++i) *sizes[i] = f->tensor.size[i];
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnGetFilterNdDescriptor(cudnnFilterDescriptor_t f, int asked, int* type, int* format, int* dimensions, int* size) {
  *type = f->tensor.type;
  *format = f->format;
  *dimensions = 4;
  std::copy_n(f->tensor.size, std::clamp(asked, 0, 4), size);
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnGetFilterSizeInBytes(cudnnFilterDescriptor_t f, size_t* bytes) {
  return *bytes = cudnn::extent(f->tensor), CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnSetConvolutionNdDescriptor(cudnnConvolutionDescriptor_t c, int dimensions, const int* pad, const int* stride,
                                              const int* dilation, int mode, int compute) {
  if (c == nullptr) return CUDNN_STATUS_BAD_PARAM;
  if (dimensions != 2 || compute != CUDNN_DATA_FLOAT || mode != CUDNN_CROSS_CORRELATION) return CUDNN_STATUS_NOT_SUPPORTED;
  for (int i = 0; i < 2; ++i)
    if (pad[i] < 0 || stride[i] <= 0 || dilation[i] <= 0) return CUDNN_STATUS_BAD_PARAM;
  std::copy_n(pad, 2, c->pad);
  std::copy_n(stride, 2, c->stride);
  std::copy_n(dilation, 2, c->dilation);
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnSetConvolution2dDescriptor(cudnnConvolutionDescriptor_t c, int pad_h, int pad_w, int stride_h, int stride_w,
                                              int dilation_h, int dilation_w, int mode, int compute) {
  int pad[2] = {pad_h, pad_w}, stride[2] = {stride_h, stride_w}, dilation[2] = {dilation_h, dilation_w};
  return cudnnSetConvolutionNdDescriptor(c, 2, pad, stride, dilation, mode, compute);
}

cudnnStatus_t cudnnGetConvolution2dDescriptor(cudnnConvolutionDescriptor_t c, int* pad_h, int* pad_w, int* stride_h, int* stride_w,
                                              int* dilation_h, int* dilation_w, int* mode, int* compute) {
  *pad_h = c->pad[0], *pad_w = c->pad[1];
  *stride_h = c->stride[0], *stride_w = c->stride[1];
  *dilation_h = c->dilation[0], *dilation_w = c->dilation[1];
  *mode = c->mode, *compute = c->compute;
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnGetConvolutionNdDescriptor(cudnnConvolutionDescriptor_t c, int asked, int* dimensions, int* pad, int* stride,
                                              int* dilation, int* mode, int* compute) {
  *dimensions = 2, *mode = c->mode, *compute = c->compute;
  std::copy_n(c->pad, std::clamp(asked, 0, 2), pad);
  std::copy_n(c->stride, std::clamp(asked, 0, 2), stride);
  std::copy_n(c->dilation, std::clamp(asked, 0, 2), dilation);
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnSetConvolutionMathType(cudnnConvolutionDescriptor_t c, int math) {
  if (math < CUDNN_DEFAULT_MATH || math > CUDNN_FMA_MATH) return CUDNN_STATUS_BAD_PARAM;
  return c->math = static_cast<cudnnMathType_t>(math), CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnGetConvolutionMathType(cudnnConvolutionDescriptor_t c, int* math) {
  return *math = c->math, CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnSetConvolutionGroupCount(cudnnConvolutionDescriptor_t c, int groups) {
  if (groups <= 0) return CUDNN_STATUS_BAD_PARAM;
  return c->groups = groups, CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnGetConvolutionGroupCount(cudnnConvolutionDescriptor_t c, int* groups) {
  return *groups = c->groups, CUDNN_STATUS_SUCCESS;
}

}  // extern "C"
