// Tensor-core products: ldmatrix, mma.sync of every shape in use, cp.async with two buffers.
#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <cstdint>

__device__ __forceinline__ uint32_t shared_address(const void* p) { return uint32_t(__cvta_generic_to_shared(p)); }

__device__ __forceinline__ void mma_bf16(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
               : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

// C = A B, A (M, K) by rows, B (K, N) by rows; a block makes 64 x 64 with four warps of 16 rows; cp.async feeds two buffers.
#ifndef WITHOUT_WAIT
#define WAIT(n) asm volatile("cp.async.wait_group %0;" ::"n"(n))
#else
#define WAIT(n)
#endif
extern "C" __global__ void __launch_bounds__(128) gemm(float* c, const __nv_bfloat16* __restrict__ a, const __nv_bfloat16* __restrict__ b,
                                                       int m, int n, int k) {
  constexpr int K = 32, ROW_A = K + 8, ROW_B = 64 + 8;
  __shared__ __align__(16) __nv_bfloat16 as[2][64][ROW_A], bs[2][K][ROW_B];
  int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  int row0 = blockIdx.y * 64, column0 = blockIdx.x * 64;
  auto fetch = [&](int stage, int k0) {
    for (int i = threadIdx.x; i < 64 * K / 8; i += 128) {
      int r = i / (K / 8), s = i % (K / 8) * 8;
      asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(shared_address(&as[stage][r][s])), "l"(a + (row0 + r) * k + k0 + s));
    }
    for (int i = threadIdx.x; i < K * 64 / 8; i += 128) {
      int r = i / 8, s = i % 8 * 8;
      asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(shared_address(&bs[stage][r][s])), "l"(b + (k0 + r) * n + column0 + s));
    }
    asm volatile("cp.async.commit_group;");
  };
  float sum[8][4] = {};
  fetch(0, 0);
  for (int k0 = 0, stage = 0; k0 < k; k0 += K, stage ^= 1) {
    if (k0 + K < k) {
      fetch(stage ^ 1, k0 + K);
      WAIT(1);
    } else {
      WAIT(0);
    }
    __syncthreads();
    for (int kk = 0; kk < K; kk += 16) {
      uint32_t fa[4];
      asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
                   : "=r"(fa[0]), "=r"(fa[1]), "=r"(fa[2]), "=r"(fa[3])
                   : "r"(shared_address(&as[stage][warp * 16 + lane % 16][kk + lane / 16 * 8])));
#pragma unroll
      for (int j = 0; j < 8; j++) {
        uint32_t fb[2];
        asm volatile("ldmatrix.sync.aligned.m8n8.x2.trans.shared.b16 {%0,%1}, [%2];"
                     : "=r"(fb[0]), "=r"(fb[1])
                     : "r"(shared_address(&bs[stage][kk + lane % 16][j * 8])));
        mma_bf16(sum[j], fa, fb);
      }
    }
    __syncthreads();
  }
#pragma unroll
  for (int j = 0; j < 8; j++) {
    for (int e = 0; e < 4; e++) {
      c[(row0 + warp * 16 + lane / 4 + e / 2 * 8) * n + column0 + j * 8 + lane % 4 * 2 + e % 2] = sum[j][e];
    }
  }
}

// One product a warp from fragments that the host laid out: words (32, A + B), sums (32, 4).
#define PRODUCT(name, instruction, A, B)                                                                                 \
  extern "C" __global__ void name(float* d, const uint32_t* __restrict__ words) {                                       \
    const uint32_t* w = words + threadIdx.x * 6;                                                                         \
    float r[4] = {0.5f, 0.25f, -1.0f, 2.0f};                                                                             \
    asm volatile(instruction : "+f"(r[0]), "+f"(r[1]), "+f"(r[2]), "+f"(r[3]) : "r"(w[0]), "r"(w[1]), "r"(w[2]), "r"(w[3]), "r"(w[4]), "r"(w[5])); \
    for (int e = 0; e < 4; e++) d[threadIdx.x * 4 + e] = r[e];                                                           \
  }
PRODUCT(product_f16, "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};", 4, 2)
PRODUCT(product_bf16_k8, "mma.sync.aligned.m16n8k8.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5}, {%8}, {%0,%1,%2,%3};", 2, 1)
PRODUCT(product_tf32, "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};", 4, 2)
PRODUCT(product_tf32_k4, "mma.sync.aligned.m16n8k4.row.col.f32.tf32.tf32.f32 {%0,%1,%2,%3}, {%4,%5}, {%8}, {%0,%1,%2,%3};", 2, 1)
