// kernels/cuda/runtime/mlp_step.cuh — what both forms of mlp_sampler do outside of the products.
#pragma once

#include "../../maths/step.h"
#include "mlp_layout.cuh"
#include "precision.cuh"

namespace sild {

/** The arguments of a launch. */
struct Trajectory {
  float* __restrict__ x;                 // (B, Z)
  const float* __restrict__ modulation;  // (evaluations, blocks, W)
  const float* __restrict__ plan;        // (evaluations, 9)
  int64_t B;
  int latent, evaluations;
  float start;
  Key key;
  uint64_t first_sample;

  __device__ __forceinline__ Evaluation evaluation(int e) const {
    const float* p = plan + 9 * int64_t(e);
    return {p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8]};
  }

  __device__ __forceinline__ Normals noise(int64_t row, int block, uint32_t step) const {
    return normals(draw(key, uint32_t(block), first_sample + uint64_t(row), step));
  }
};

/** One coordinate through the update. F: what the network said of y; z: noise; x, y, previous change. */
__device__ __forceinline__ void advance(const Evaluation& now, float F, float z, float& x, float& y, float& previous) {
  float denoised = sampler_step(y, F, now.skip, now.out);
  float next = fma(now.s, z, fma(now.c, previous, sampler_step(x, denoised, now.a, now.b)));
  previous = denoised;
  y = next;
  x = now.keep == 0.0f ? next : x;
}

/**
 * SiLU on the special function units. For bf16 one tanh, u s(u) = v + v tanh v with v = u/2: its error of 2⁻¹¹ is below that of the
 * operand that is made of it. For bf16x3 u/(1 + 2^{−u log₂ e}), a few units in the last place.
 */
template <int PARTS>
__device__ __forceinline__ float fast_silu(float u) {
  if constexpr (PARTS == 1) {
    float v = 0.5f * u, tanh;
    asm("tanh.approx.f32 %0, %1;" : "=f"(tanh) : "f"(v));
    return fma(v, tanh, v);
  } else {
    float power, quotient;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(power) : "f"(-1.44269504088896341f * u));
    asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(quotient) : "f"(1.0f + power));
    return u * quotient;
  }
}

/** Two neighbours of a vector. */
__device__ __forceinline__ float2 two(const float* at) { return *reinterpret_cast<const float2*>(at); }

}  // namespace sild
