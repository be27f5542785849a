// Kernels of the everyday kind: maps, a block reduction, the project's own normals.
#include <cstdint>

#include "normal.h"

extern "C" __global__ void add(float* __restrict__ c, const float* __restrict__ a, const float* __restrict__ b, int64_t n) {
  int64_t i = blockIdx.x * int64_t(blockDim.x) + threadIdx.x;
  if (i < n) c[i] = a[i] + b[i];
}

extern "C" __global__ void add4(float4* __restrict__ c, const float4* __restrict__ a, const float4* __restrict__ b, int64_t n) {
  int64_t i = blockIdx.x * int64_t(blockDim.x) + threadIdx.x;
  if (i >= n) return;
  float4 x = a[i], y = b[i];
  c[i] = make_float4(x.x + y.x, x.y + y.y, x.z + y.z, x.w + y.w);
}

extern "C" __global__ void sum(float* out, const float* __restrict__ in, int n) {
  __shared__ float partial[32];
  float s = 0;
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) s += in[i];
  for (int offset = 16; offset; offset >>= 1) s += __shfl_down_sync(~0u, s, offset);
  if (threadIdx.x % 32 == 0) partial[threadIdx.x / 32] = s;
  __syncthreads();
  if (threadIdx.x < 32) {
    s = threadIdx.x < blockDim.x / 32 ? partial[threadIdx.x] : 0;
    for (int offset = 16; offset; offset >>= 1) s += __shfl_xor_sync(~0u, s, offset);
    if (threadIdx.x == 0) atomicAdd(out, s);
  }
}

extern "C" __global__ void normals(float* out, uint32_t seed, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  sild::Normals z = sild::normals(sild::draw({seed, 7}, i, 3, 5));
  out[4 * i] = z.x;
  out[4 * i + 1] = z.y;
  out[4 * i + 2] = z.z;
  out[4 * i + 3] = z.w;
}

// Collatz steps: every lane leaves its loop at another time.
extern "C" __global__ void collatz(int* steps, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  unsigned x = i + 1;
  int count = 0;
  while (x != 1) {
    x = x % 2 ? 3 * x + 1 : x / 2;
    count++;
  }
  steps[i] = count;
}

__constant__ float weights[8] = {0.5f, -1.25f, 3.0f, 0.0f, 1e-3f, 2.0f, -7.0f, 0.125f};
__device__ unsigned counter = 5;

extern "C" __global__ void variables(float* out, unsigned* tickets) {
  out[threadIdx.x] = weights[threadIdx.x % 8];
  tickets[threadIdx.x] = atomicAdd(&counter, 2u);
}

extern "C" __global__ void local_array(int* out, const int* order, int n) {
  int stack[16];
  for (int k = 0; k < n; k++) stack[order[k] & 15] = k * 10 + threadIdx.x;
  out[threadIdx.x] = stack[order[threadIdx.x % n] & 15];
}

extern "C" __global__ void choose(int* out, const int* in, int n) {
  int i = threadIdx.x;
  if (i >= n) return;
  int r;
  switch (in[i]) {
    case 0: r = 7; break;
    case 1: r = in[i] * 3 + i; break;
    case 2: r = i * i; break;
    case 3: r = -i; break;
    case 4: r = i ^ 21; break;
    case 5: r = i << 3; break;
    default: r = -1;
  }
  out[i] = r;
}
