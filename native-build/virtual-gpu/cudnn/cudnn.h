// The part of cuDNN's interface that is implemented: two-dimensional convolution. Values are those of its public documentation.
#pragma once

#include <cstddef>
#include <cstdint>

#include "../numbers.h"
#include "../vgpu.h"

enum cudnnStatus_t {
  CUDNN_STATUS_SUCCESS = 0,
  CUDNN_STATUS_NOT_INITIALIZED = 1001,
  CUDNN_STATUS_BAD_PARAM = 2000,
  CUDNN_STATUS_NOT_SUPPORTED = 3000,
  CUDNN_STATUS_INTERNAL_ERROR = 4000,
  CUDNN_STATUS_EXECUTION_FAILED = 5000
};

enum cudnnDataType_t { CUDNN_DATA_FLOAT = 0, CUDNN_DATA_HALF = 2, CUDNN_DATA_BFLOAT16 = 9 };
enum cudnnTensorFormat_t { CUDNN_TENSOR_NCHW = 0, CUDNN_TENSOR_NHWC = 1 };
enum cudnnConvolutionMode_t { CUDNN_CONVOLUTION = 0, CUDNN_CROSS_CORRELATION = 1 };

enum cudnnMathType_t {
  CUDNN_DEFAULT_MATH = 0,                     // TF32 allowed
  CUDNN_TENSOR_OP_MATH = 1,                   // TF32 allowed
  CUDNN_TENSOR_OP_MATH_ALLOW_CONVERSION = 2,  // bf16 inputs allowed
  CUDNN_FMA_MATH = 3                          // f32
};

// Sizes and strides in the order n, c, h, w (of a filter: k, c, h, w), whatever the order in memory.
struct cudnnTensorStruct {
  cudnnDataType_t type = CUDNN_DATA_FLOAT;
  int size[4] = {0, 0, 0, 0};
  int stride[4] = {0, 0, 0, 0};
};
typedef cudnnTensorStruct* cudnnTensorDescriptor_t;

struct cudnnFilterStruct {
  cudnnTensorFormat_t format = CUDNN_TENSOR_NCHW;
  cudnnTensorStruct tensor;
};
typedef cudnnFilterStruct* cudnnFilterDescriptor_t;

struct cudnnConvolutionStruct {
  int pad[2] = {0, 0}, stride[2] = {1, 1}, dilation[2] = {1, 1};
  int groups = 1;
  cudnnConvolutionMode_t mode = CUDNN_CROSS_CORRELATION;
  cudnnDataType_t compute = CUDNN_DATA_FLOAT;
  cudnnMathType_t math = CUDNN_DEFAULT_MATH;
};
typedef cudnnConvolutionStruct* cudnnConvolutionDescriptor_t;

struct cudnnContext {
  CUstream stream = nullptr;
};
typedef cudnnContext* cudnnHandle_t;

namespace cudnn {

cudnnStatus_t status_of(int driver_status);

inline cudaDataType format_of(cudnnDataType_t type) {
  return type == CUDNN_DATA_FLOAT ? CUDA_R_32F : type == CUDNN_DATA_HALF ? CUDA_R_16F : CUDA_R_16BF;
}

inline bool is_known(int type) { return type == CUDNN_DATA_FLOAT || type == CUDNN_DATA_HALF || type == CUDNN_DATA_BFLOAT16; }

// From the first element to the last.
inline size_t extent(const cudnnTensorStruct& t) {
  int64_t last = 0;
  for (int i = 0; i < 4; ++i) last += int64_t(t.size[i] - 1) * t.stride[i];
  return static_cast<size_t>(last + 1) * numbers::bytes_of(format_of(t.type));
}

inline int output_size(const cudnnConvolutionStruct& c, int axis, int input, int filter) {
  return (input + 2 * c.pad[axis] - c.dilation[axis] * (filter - 1) - 1) / c.stride[axis] + 1;
}

}  // namespace cudnn
