// Kernels whose machine instructions are known: what CubinTest holds the table of operations against.
extern "C" __global__ void moves(float4* y, float2* z, const float4* __restrict__ x) {
  float4 a = x[threadIdx.x], b = x[threadIdx.x + 64], c = x[threadIdx.x + 128];
  y[threadIdx.x] = a;
  y[threadIdx.x + 64] = b;
  z[threadIdx.x] = {c.x + c.y, c.z + c.w};
}

// A selection is the operation that differs from a special function in the ninth bit alone.
extern "C" __global__ void specials(float* y, float a, int which) {
  asm volatile("ex2.approx.f32 %0, %0;\n\tsin.approx.ftz.f32 %0, %0;\n\ttanh.approx.f32 %0, %0;" : "+f"(a));
  y[0] = which > 3 ? a : y[1];
}

extern "C" __global__ void exchange(float* y, float a) {
  __shared__ float s[64];
  s[threadIdx.x] = a;
  __syncthreads();
  a = s[threadIdx.x ^ 3];
  a += __shfl_xor_sync(~0u, a, 1);
  y[threadIdx.x] = a + __shfl_xor_sync(~0u, a, threadIdx.x & 3);
}

extern "C" __global__ void tensor(float* y, const float* x) {
  __shared__ __align__(16) float s[512];
  unsigned at = __cvta_generic_to_shared(s + threadIdx.x * 4), a, b;
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16;\n\tcp.async.wait_all;" ::"r"(at), "l"(x + threadIdx.x * 4) : "memory");
  __syncthreads();
  asm volatile("ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%0, %1}, [%2];" : "=r"(a), "=r"(b) : "r"(at) : "memory");
  float c[4] = {};
  for (int i = 0; i < 2; i++)
    asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5}, {%6}, {%0, %1, %2, %3};"
                 : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
                 : "r"(a), "r"(b), "r"(a));
  y[threadIdx.x] = c[0] + c[1] + c[2] + c[3];
}

// An array that is indexed at run time lies in local memory.
extern "C" __global__ void local(float* y, int n) {
  float a[400];
  for (int k = 0; k < 400; k++) a[k] = y[k];
  for (int k = 0; k < n; k++) a[(k * 7 + n) % 400] = k;
  y[0] = a[n * 7 % 399];
}
