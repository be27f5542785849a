// What the driver's tests share: checks that end the test, a kernel in PTX, and a context with all that a launch needs.
#pragma once

#include <cuda.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "../vgpu.h"

#define CHECK(condition)                                                         \
  do {                                                                           \
    if (!(condition)) {                                                          \
      fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #condition); \
      exit(1);                                                                   \
    }                                                                            \
  } while (false)
#define OK(call) CHECK((call) == CUDA_SUCCESS)

// sum[i] = a[i] + b[i]
inline std::string add_ptx(const std::string& version = "7.1", const std::string& target = "sm_80") {
  return ".version " + version + "\n.target " + target + "\n.address_size 64\n" + R"(
.visible .entry add(.param .u64 sum, .param .u64 a, .param .u64 b, .param .u32 n)
{
  .reg .pred %p<2>;
  .reg .b32 %r<6>;
  .reg .f32 %f<4>;
  .reg .b64 %rd<8>;
  ld.param.u64 %rd1, [sum];
  ld.param.u64 %rd2, [a];
  ld.param.u64 %rd3, [b];
  ld.param.u32 %r1, [n];
  mov.u32 %r2, %ctaid.x;
  mov.u32 %r3, %ntid.x;
  mov.u32 %r4, %tid.x;
  mad.lo.s32 %r5, %r2, %r3, %r4;
  setp.ge.u32 %p1, %r5, %r1;
  @%p1 bra $done;
  mul.wide.u32 %rd4, %r5, 4;
  add.s64 %rd5, %rd2, %rd4;
  add.s64 %rd6, %rd3, %rd4;
  add.s64 %rd7, %rd1, %rd4;
  ld.global.f32 %f1, [%rd5];
  ld.global.f32 %f2, [%rd6];
  add.f32 %f3, %f1, %f2;
  st.global.f32 [%rd7], %f3;
$done:
  ret;
}
)";
}

constexpr unsigned N = 1000;
constexpr size_t BYTES = N * sizeof(float);

// A context with the kernel loaded, two streams and three arrays; everything goes with it.
struct Bench {
  CUdevice device = 0;
  CUcontext context = nullptr;
  CUmodule module = nullptr;
  CUfunction add = nullptr;
  CUstream one = nullptr, two = nullptr;
  CUdeviceptr x = 0, y = 0, z = 0;

  Bench() {
    OK(cuInit(0));
    OK(cuDeviceGet(&device, 0));
    OK(cuDevicePrimaryCtxRetain(&context, device));
    OK(cuCtxSetCurrent(context));
    OK(cuModuleLoadData(&module, add_ptx().c_str()));
    OK(cuModuleGetFunction(&add, module, "add"));
    OK(cuStreamCreate(&one, CU_STREAM_NON_BLOCKING));
    OK(cuStreamCreate(&two, CU_STREAM_NON_BLOCKING));
    for (CUdeviceptr* array : {&x, &y, &z}) OK(cuMemAlloc(array, BYTES));
    set(x, 1), set(y, 10), set(z, 0);
  }

  ~Bench() {
    for (const char* name : {"delayed", "lose_device", "fail_call", "fail_allocation", "fail_launch"}) vgpu_set(name, 0);
    OK(cuDevicePrimaryCtxRelease(device));
    CHECK(vgpu_get("live_allocations") == 0 && vgpu_get("live_contexts") == 0 && vgpu_get("live_graphs") == 0);
  }

  void set(CUdeviceptr array, float value) {
    std::vector<float> values(N, value);
    OK(cuMemcpyHtoD(array, values.data(), BYTES));
  }

  float last(CUdeviceptr array) {
    float value = 0;
    OK(cuMemcpyDtoH(&value, array + BYTES - sizeof value, sizeof value));
    return value;
  }

  CUresult launch(CUdeviceptr sum, CUdeviceptr a, CUdeviceptr b, CUstream stream, unsigned n = N) {
    void* parameters[] = {&sum, &a, &b, &n};  // gone after this call: the driver copies what they point to
    return cuLaunchKernel(add, (n + 127) / 128, 1, 1, 128, 1, 1, 0, stream, parameters, nullptr);
  }
};
