// kernels/cuda/adamw_ema.cu — AdamW and one or two moving averages over all parameters, in one launch.
//
//   p, m, v, ema, second_ema, g: (n)   squared_norm: ‖g‖², (1) f64   stopped: (1) i64      the rule: maths/adamw_ema.h
//
// A parameter costs 36 bytes: p, m, v and ema there and back, g once. That is 10.7 ps on an H100 (3.35 TB/s), 93 G parameters a
// second; about 55 instructions (an exact √ and an exact division among them), 1.8 ps: bound by memory. One thread four
// parameters, five 128-bit loads in flight, four stores. A second average costs 8 bytes more, in a kernel of its own: its registers
// take every fifth warp.
#include "../maths/adamw_ema.h"

#include "runtime/quads.cuh"

namespace sild {

/** The factor that brings a gradient of this norm down to `clip`. In double like ‖g‖², so one thread a block computes it. */
SILD_DEVICE float shrinkage(double squared_norm, float clip) {
  __shared__ float shrink;
  if (threadIdx.x == 0) {
    double norm = __dsqrt_rn(squared_norm);
    shrink = norm > clip ? float(clip / norm) : 1.0f;
  }
  __syncthreads();
  return shrink;
}

/**
 * Whether the parameters may move. Only one thread of the grid ever writes *stopped, and only where ‖g‖² is not finite; there no
 * other thread looks at it. Where ‖g‖² is finite all read it and none writes. So there is no race, and no second launch.
 */
SILD_DEVICE bool may_move(int64_t* stopped, double squared_norm, const Step* step) {
  if (isfinite(squared_norm)) return *stopped == 0;
  if (blockIdx.x == 0 && threadIdx.x == 0 && *stopped == 0) *stopped = 1 + int64_t(step->first_sample);
  return false;
}

struct Arrays {
  float *p, *m, *v, *ema, *second_ema;
  int64_t* stopped;
  const float* g;
  const double* squared_norm;
};

template <bool TWO>
SILD_DEVICE void update(const Arrays& a, int64_t n, const Step* __restrict__ step, const AdamW& rule, float clip) {
  const double squares = *a.squared_norm;
  if (!may_move(a.stopped, squares, step)) return;
  const float shrink = clip > 0.0f ? shrinkage(squares, clip) : 1.0f;
  const int64_t at = 4 * (int64_t(blockIdx.x) * blockDim.x + threadIdx.x);
  if (at >= n) return;
  const Step now = *step;
  const bool whole = wide(a.p, a.m, a.v, a.ema, a.second_ema, a.g) && at + 4 <= n;
  float4 P = fetch_own(a.p, at, n, whole), M = fetch_own(a.m, at, n, whole), V = fetch_own(a.v, at, n, whole);
  float4 E = fetch_own(a.ema, at, n, whole), G = fetch(a.g, at, n, whole), S = {0.0f, 0.0f, 0.0f, 0.0f};
  if (TWO) S = fetch_own(a.second_ema, at, n, whole);
  adamw_ema(&P.x, &M.x, &V.x, &E.x, shrink * G.x, now, rule);
  adamw_ema(&P.y, &M.y, &V.y, &E.y, shrink * G.y, now, rule);
  adamw_ema(&P.z, &M.z, &V.z, &E.z, shrink * G.z, now, rule);
  adamw_ema(&P.w, &M.w, &V.w, &E.w, shrink * G.w, now, rule);
  put(a.p, at, n, whole, P);
  put(a.m, at, n, whole, M);
  put(a.v, at, n, whole, V);
  put(a.ema, at, n, whole, E);
  if (!TWO) return;
  moving_average(&S.x, P.x, now.second_ema_decay);
  moving_average(&S.y, P.y, now.second_ema_decay);
  moving_average(&S.z, P.z, now.second_ema_decay);
  moving_average(&S.w, P.w, now.second_ema_decay);
  put(a.second_ema, at, n, whole, S);
}

// Blocks of 256, ⌈n / 1024⌉ of them.
extern "C" __global__ void __launch_bounds__(256)
    sild_adamw_ema(float* __restrict__ p, float* __restrict__ m, float* __restrict__ v, float* __restrict__ ema,
                   int64_t* __restrict__ stopped, const float* __restrict__ g, const double* __restrict__ squared_norm, int64_t n,
                   const Step* __restrict__ step, float beta1, float beta2, float epsilon, float weight_decay, float clip) {
  update<false>({p, m, v, ema, nullptr, stopped, g, squared_norm}, n, step, {beta1, beta2, epsilon, weight_decay}, clip);
}

extern "C" __global__ void __launch_bounds__(256)
    sild_adamw_ema_two(float* __restrict__ p, float* __restrict__ m, float* __restrict__ v, float* __restrict__ ema,
                       float* __restrict__ second_ema, int64_t* __restrict__ stopped, const float* __restrict__ g,
                       const double* __restrict__ squared_norm, int64_t n, const Step* __restrict__ step, float beta1, float beta2,
                       float epsilon, float weight_decay, float clip) {
  update<true>({p, m, v, ema, second_ema, stopped, g, squared_norm}, n, step, {beta1, beta2, epsilon, weight_decay}, clip);
}

}  // namespace sild
