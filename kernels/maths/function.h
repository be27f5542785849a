// kernels/maths/function.h — one spelling for functions that both a C++ compiler and nvcc compile.
#pragma once

#include <cstdint>

#ifdef __CUDACC__
#define SILD_FN __host__ __device__ __forceinline__
#else
#define SILD_FN inline __attribute__((always_inline))
#endif
