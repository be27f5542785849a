// kernels/cuda/runtime/quads.cuh — four neighbouring floats a thread: one 128-bit access where the address allows it.
//
// An arena's arrays begin on 64 bytes, so a warp reads or writes 512 contiguous bytes an instruction. A view may begin anywhere,
// though, and a row of 31 floats ends anywhere: those quads are moved float by float. Which of the two it is never changes what
// is computed, nor the order of a sum: only how the floats travel.
#pragma once

#include "../../maths/elementary.h"

#define SILD_DEVICE __device__ __forceinline__

namespace sild {

/** Whether all addresses are multiples of 16. Null is one. */
template <class... T>
SILD_DEVICE bool wide(const T*... arrays) {
  return ((reinterpret_cast<uintptr_t>(arrays) | ...) & 15) == 0;
}

/** x[at … at + 4), zeros from n on; `whole`: all four, by one load. For what this kernel never writes: the read-only path. */
SILD_DEVICE float4 fetch(const float* x, int64_t at, int64_t n, bool whole) {
  if (whole) return __ldg(reinterpret_cast<const float4*>(x + at));
  float4 quad = {0.0f, 0.0f, 0.0f, 0.0f};
  if (at < n) quad.x = __ldg(x + at);
  if (at + 1 < n) quad.y = __ldg(x + at + 1);
  if (at + 2 < n) quad.z = __ldg(x + at + 2);
  if (at + 3 < n) quad.w = __ldg(x + at + 3);
  return quad;
}

/** The same for an array that this kernel also writes. */
SILD_DEVICE float4 fetch_own(const float* x, int64_t at, int64_t n, bool whole) {
  if (whole) return *reinterpret_cast<const float4*>(x + at);
  float4 quad = {0.0f, 0.0f, 0.0f, 0.0f};
  if (at < n) quad.x = x[at];
  if (at + 1 < n) quad.y = x[at + 1];
  if (at + 2 < n) quad.z = x[at + 2];
  if (at + 3 < n) quad.w = x[at + 3];
  return quad;
}

/** y[at … at + 4) = quad, as far as it lies before n. By name: the compiler may take a store of a float4 apart. */
SILD_DEVICE void put(float* y, int64_t at, int64_t n, bool whole, float4 quad) {
  if (whole) {
    asm volatile("st.global.v4.f32 [%0], {%1, %2, %3, %4};" ::"l"(__cvta_generic_to_global(y + at)), "f"(quad.x), "f"(quad.y),
                 "f"(quad.z), "f"(quad.w)
                 : "memory");
    return;
  }
  if (at < n) y[at] = quad.x;
  if (at + 1 < n) y[at + 1] = quad.y;
  if (at + 2 < n) y[at + 2] = quad.z;
  if (at + 3 < n) y[at + 3] = quad.w;
}

/** f of each of the four, for as many quads as f takes. */
template <class F, class... Q>
SILD_DEVICE float4 each(const F& f, Q... q) {
  return {f(q.x...), f(q.y...), f(q.z...), f(q.w...)};
}

/** f of the components that lie before n, 0 of the others. */
template <class F>
SILD_DEVICE float4 each_before(int64_t n, int64_t at, bool whole, const F& f, float4 q) {
  float4 y = each(f, q);
  if (whole) return y;
  if (at + 1 >= n) y.y = 0.0f;
  if (at + 2 >= n) y.z = 0.0f;
  if (at + 3 >= n) y.w = 0.0f;
  return y;
}

SILD_DEVICE float sum_of(float4 q) { return (q.x + q.y) + (q.z + q.w); }

}  // namespace sild
