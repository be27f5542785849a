// kernels/maths/function.h — one spelling for what both a C++ compiler and nvcc compile.
#pragma once

#include <cstdint>

#ifdef __CUDACC__
#define SILD_FN __host__ __device__ __forceinline__
#else
#define SILD_FN inline __attribute__((always_inline))
#endif

namespace sild {

/** a b + c, rounded once. On the device by name, so that no flag of a compiler can take it apart. */
SILD_FN float fma(float a, float b, float c) {
#ifdef __CUDA_ARCH__
  return __fmaf_rn(a, b, c);
#else
  return __builtin_fmaf(a, b, c);
#endif
}

/** √x, correctly rounded. */
SILD_FN float square_root(float x) {
#ifdef __CUDA_ARCH__
  return __fsqrt_rn(x);
#else
  return __builtin_sqrtf(x);
#endif
}

}  // namespace sild
