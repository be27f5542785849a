// kernels/cpu/runtime/vector.h — a vector register and the few things a matrix product does with it.
#pragma once

#include <cstdint>

#if defined(__AVX512F__) || defined(__AVX2__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace sild {
namespace {

// MR rows × NV vectors of accumulators, plus NV operands and a broadcast, fill the register file without spilling.
#if defined(__AVX512F__)
using Vector = __m512;
constexpr int LANES = 16, MR = 6, NV = 4;
inline Vector load(const float* p) { return _mm512_loadu_ps(p); }
inline void store(float* p, Vector v) { _mm512_storeu_ps(p, v); }
inline Vector broadcast(float x) { return _mm512_set1_ps(x); }
inline Vector multiply_add(Vector a, Vector b, Vector c) { return _mm512_fmadd_ps(a, b, c); }
#elif defined(__AVX2__)
using Vector = __m256;
constexpr int LANES = 8, MR = 6, NV = 2;
inline Vector load(const float* p) { return _mm256_loadu_ps(p); }
inline void store(float* p, Vector v) { _mm256_storeu_ps(p, v); }
inline Vector broadcast(float x) { return _mm256_set1_ps(x); }
inline Vector multiply_add(Vector a, Vector b, Vector c) { return _mm256_fmadd_ps(a, b, c); }
#elif defined(__aarch64__)
using Vector = float32x4_t;
constexpr int LANES = 4, MR = 6, NV = 4;
inline Vector load(const float* p) { return vld1q_f32(p); }
inline void store(float* p, Vector v) { vst1q_f32(p, v); }
inline Vector broadcast(float x) { return vdupq_n_f32(x); }
inline Vector multiply_add(Vector a, Vector b, Vector c) { return vfmaq_f32(c, a, b); }
#else
typedef float Vector __attribute__((vector_size(16)));
constexpr int LANES = 4, MR = 2, NV = 4;
inline Vector load(const float* p) {
  Vector v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}
inline void store(float* p, Vector v) { __builtin_memcpy(p, &v, sizeof v); }
inline Vector broadcast(float x) { return Vector{x, x, x, x}; }
inline Vector multiply_add(Vector a, Vector b, Vector c) { return a * b + c; }
#endif

#if defined(__AVX512BF16__)
/** c + Σ of two products of bf16 in each lane: no f32 between them is rounded twice. */
inline Vector multiply_add_pairs(Vector a, Vector b, Vector c) { return _mm512_dpbf16_ps(c, (__m512bh)a, (__m512bh)b); }
#endif

}  // namespace
}  // namespace sild
