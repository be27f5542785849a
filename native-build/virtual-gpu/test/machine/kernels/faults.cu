// Kernels that are wrong, each in one way.
#include <cstdint>
#include <cstdio>

extern "C" __global__ void copy(float* out, const float* in, int shift) { out[threadIdx.x] = in[threadIdx.x + shift]; }

extern "C" __global__ void copy4(float4* out, const float4* in) { out[threadIdx.x] = in[threadIdx.x]; }

extern "C" __global__ void shared_index(int* out, int shift) {
  extern __shared__ int values[];
  values[threadIdx.x + shift] = threadIdx.x;
  __syncthreads();
  out[threadIdx.x] = values[threadIdx.x];
}

extern "C" __global__ void half_written(int* out, int written) {
  __shared__ int values[64];
  if (int(threadIdx.x) < written) values[threadIdx.x] = threadIdx.x;
  __syncthreads();
  out[threadIdx.x] = values[63 - threadIdx.x];
}

extern "C" __global__ void divergent_barrier(int* out) {
  if (threadIdx.x % 2) {
    out[threadIdx.x] = 1;
    __syncthreads();
    out[threadIdx.x + 1] = 2;
  }
}

extern "C" __global__ void lonely_shuffle(int* out) {
  int x = threadIdx.x;
  if (threadIdx.x < 16) {
    x = __shfl_xor_sync(~0u, x, 1);
    out[threadIdx.x] = x;
  } else {
    asm volatile("bar.sync 3, 64;");
  }
}

extern "C" __global__ void outside_the_mask(int* out) { out[threadIdx.x] = __shfl_xor_sync(0xFFFFu, int(threadIdx.x), 1); }

extern "C" __global__ void same_cell(int* out) { out[0] = blockIdx.x; }

extern "C" __global__ void written_through_nc(int* data) {
  data[threadIdx.x] = 1;
  int x;
  asm volatile("ld.global.nc.s32 %0, [%1];" : "=r"(x) : "l"(data + threadIdx.x));
  data[threadIdx.x + 32] = x;
}

extern "C" __global__ void endless(volatile int* flag) {
  while (*flag == 0) {
  }
}

extern "C" __global__ void sigmoid(float* out, const float* __restrict__ in) {
  float e;
  asm("ex2.approx.f32 %0, %1;" : "=f"(e) : "f"(in[threadIdx.x]));
  out[threadIdx.x] = e;
}

extern "C" __global__ void prints(int x) {
  if (x) printf("%d\n", x);
}
