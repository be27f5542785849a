// The driver's stand-in by its C interface: each function of this file establishes facts that programs rely on.
#include "bench.h"

namespace {

void modules_say_what_is_wrong() {
  Bench bench;
  CUmodule module;
  CHECK(cuModuleLoadData(&module, "\x50\xed\x55\xba\x01") == CUDA_ERROR_NO_BINARY_FOR_GPU);  // a fatbin
  CHECK(cuModuleLoadData(&module, "\x7f" "ELF") == CUDA_ERROR_NO_BINARY_FOR_GPU);            // a cubin
  CHECK(cuModuleLoadData(&module, add_ptx("7.1", "sm_90").c_str()) == CUDA_ERROR_NO_BINARY_FOR_GPU);
  vgpu_set("ptx_version", 70);
  CHECK(cuModuleLoadData(&module, add_ptx().c_str()) == CUDA_ERROR_UNSUPPORTED_PTX_VERSION);
  vgpu_set("ptx_version", 90);
  char log[200] = "";
  CUjit_option options[] = {CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES};
  void* values[] = {log, reinterpret_cast<void*>(sizeof log)};
  std::string broken = add_ptx();
  broken.replace(broken.find("add.f32"), 7, "odd.f32");
  CHECK(cuModuleLoadDataEx(&module, broken.c_str(), 2, options, values) == CUDA_ERROR_INVALID_PTX);
  CHECK(strstr(log, "line ") != nullptr && reinterpret_cast<size_t>(values[1]) == strlen(log));
  CUfunction none;
  CHECK(cuModuleGetFunction(&none, bench.module, "none") == CUDA_ERROR_NOT_FOUND);
}

void launches_are_checked() {
  Bench bench;
  OK(bench.launch(bench.z, bench.x, bench.y, bench.one));
  OK(cuStreamSynchronize(bench.one));
  CHECK(bench.last(bench.z) == 11);
  struct Block {
    CUdeviceptr sum, a, b;
    unsigned n;
  } block = {bench.z, bench.z, bench.y, N};
  size_t bytes = sizeof block;
  void* extra[] = {CU_LAUNCH_PARAM_BUFFER_POINTER, &block, CU_LAUNCH_PARAM_BUFFER_SIZE, &bytes, CU_LAUNCH_PARAM_END};
  OK(cuLaunchKernel(bench.add, 8, 1, 1, 128, 1, 1, 0, bench.one, nullptr, extra));
  OK(cuStreamSynchronize(bench.one));
  CHECK(bench.last(bench.z) == 21);
  CHECK(cuLaunchKernel(bench.add, 0, 1, 1, 128, 1, 1, 0, bench.one, nullptr, extra) == CUDA_ERROR_INVALID_VALUE);
  CHECK(cuLaunchKernel(bench.add, 1, 1, 1, 2048, 1, 1, 0, bench.one, nullptr, extra) == CUDA_ERROR_INVALID_VALUE);
  CHECK(cuLaunchKernel(bench.add, 1, 1, 1, 128, 1, 1, 100000, bench.one, nullptr, extra) == CUDA_ERROR_INVALID_VALUE);
  OK(cuFuncSetAttribute(bench.add, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, 100000));
  OK(cuLaunchKernel(bench.add, 8, 1, 1, 128, 1, 1, 100000, bench.one, nullptr, extra));
  int blocks = 0;
  OK(cuOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, bench.add, 128, 0));
  CHECK(blocks == 16);
  OK(cuOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, bench.add, 128, 100000));
  CHECK(blocks == 2);
  CHECK(cuLaunchKernel(bench.add, 1, 1, 1, 128, 1, 1, 0, bench.one, nullptr, nullptr) == CUDA_ERROR_INVALID_VALUE);
}

void delayed_work_waits_for_a_reason() {
  Bench bench;
  vgpu_set("delayed", 1);
  float *pinned, *result;
  OK(cuMemHostAlloc(reinterpret_cast<void**>(&pinned), BYTES, 0));
  OK(cuMemHostAlloc(reinterpret_cast<void**>(&result), BYTES, 0));
  std::vector<float> pageable(N, 5);
  pinned[N - 1] = 1;
  OK(cuMemcpyHtoDAsync(bench.x, pinned, BYTES, bench.one));
  OK(cuMemcpyHtoDAsync(bench.y, pageable.data(), BYTES, bench.one));
  OK(bench.launch(bench.z, bench.x, bench.y, bench.one));
  OK(cuMemcpyDtoHAsync(result, bench.z, BYTES, bench.one));
  pinned[N - 1] = 2;    // too early: the copy has not read it yet
  pageable[N - 1] = 0;  // allowed: pageable memory was staged at the call
  float before = result[N - 1];
  CHECK(cuStreamQuery(bench.two) == CUDA_SUCCESS && memcmp(&before, "\xCD\xCD\xCD\xCD", 4) == 0);
  CHECK(cuStreamQuery(bench.one) == CUDA_ERROR_NOT_READY && cuStreamQuery(bench.one) == CUDA_SUCCESS);
  CHECK(result[N - 1] == 7);
  OK(cuMemFreeHost(pinned));
  OK(cuMemFreeHost(result));
}

void streams_meet_at_events_only() {
  Bench bench;
  vgpu_set("delayed", 1);
  CUevent event;
  OK(cuEventCreate(&event, CU_EVENT_DISABLE_TIMING));
  OK(bench.launch(bench.z, bench.x, bench.y, bench.one));
  OK(cuEventRecord(event, bench.one));
  OK(bench.launch(bench.x, bench.z, bench.y, bench.two));  // no wait: runs before
  OK(cuStreamSynchronize(bench.two));
  CHECK(bench.last(bench.x) == 10);
  OK(cuEventSynchronize(event));
  CHECK(bench.last(bench.z) == 20);
  OK(bench.launch(bench.z, bench.z, bench.y, bench.one));
  OK(cuEventRecord(event, bench.one));
  OK(cuStreamWaitEvent(bench.two, event, 0));
  OK(bench.launch(bench.x, bench.z, bench.y, bench.two));
  OK(cuStreamSynchronize(bench.two));
  CHECK(bench.last(bench.x) == 40);
}

void the_legacy_stream_orders_blocking_ones() {
  Bench bench;
  CUstream blocking;
  OK(cuStreamCreate(&blocking, CU_STREAM_DEFAULT));
  vgpu_set("delayed", 1);
  OK(bench.launch(bench.z, bench.x, bench.y, blocking));
  OK(bench.launch(bench.x, bench.z, bench.y, nullptr));
  OK(bench.launch(bench.y, bench.x, bench.x, blocking));
  OK(cuStreamSynchronize(blocking));
  CHECK(bench.last(bench.y) == 42);
  OK(bench.launch(bench.z, bench.x, bench.x, bench.one));  // non-blocking: the legacy stream does not wait for it
  CHECK(bench.last(bench.z) == 11);
  OK(cuCtxSynchronize());
  CHECK(bench.last(bench.z) == 42);
}

void a_fault_stays_until_the_context_goes() {
  {
    Bench bench;
    OK(bench.launch(bench.z, bench.x, bench.y, bench.one, N + 1));  // one element too many
    CHECK(cuStreamSynchronize(bench.one) == CUDA_ERROR_ILLEGAL_ADDRESS);
    CHECK(strstr(vgpu_last_fault(), "add") != nullptr);
    CHECK(bench.launch(bench.z, bench.x, bench.y, bench.one) == CUDA_ERROR_ILLEGAL_ADDRESS);
    CHECK(cuMemFree(bench.z) == CUDA_ERROR_ILLEGAL_ADDRESS && vgpu_get("live_allocations") == 2);
  }
  {
    Bench bench;
    vgpu_set("fail_launch", 2);
    OK(bench.launch(bench.z, bench.x, bench.y, bench.one));
    OK(bench.launch(bench.z, bench.x, bench.y, bench.one));
    CHECK(cuStreamSynchronize(bench.one) == CUDA_ERROR_LAUNCH_FAILED);
  }
  Bench bench;
  vgpu_set("lose_device", 1);
  CHECK(cuStreamSynchronize(bench.one) == CUDA_ERROR_ECC_UNCORRECTABLE && cuMemFree(bench.z) == CUDA_ERROR_ECC_UNCORRECTABLE);
}

// A program that frees what it got, whatever fails on the way.
bool careful_program(CUdevice device) {
  CUcontext context = nullptr;
  if (cuDevicePrimaryCtxRetain(&context, device) != CUDA_SUCCESS) return false;
  CUstream stream = nullptr;
  CUdeviceptr memory = 0;
  bool fine = cuCtxSetCurrent(context) == CUDA_SUCCESS && cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING) == CUDA_SUCCESS &&
              cuMemAlloc(&memory, 64) == CUDA_SUCCESS && cuMemsetD8Async(memory, 0, 64, stream) == CUDA_SUCCESS &&
              cuStreamSynchronize(stream) == CUDA_SUCCESS;
  if (memory != 0) fine &= cuMemFree(memory) == CUDA_SUCCESS;
  if (stream != nullptr) fine &= cuStreamDestroy(stream) == CUDA_SUCCESS;
  return cuDevicePrimaryCtxRelease(device) == CUDA_SUCCESS && fine;
}

void any_call_can_be_made_to_fail() {
  OK(cuInit(0));
  vgpu_reset();
  CHECK(careful_program(0));
  long long calls = vgpu_get("calls");
  for (long long n = 1; n <= calls; ++n) {
    vgpu_set("fail_call", n);
    CHECK(!careful_program(0) && vgpu_get("fail_call") == 0);
    CHECK(vgpu_get("live_allocations") == 0 && vgpu_get("live_contexts") == 0);
  }
  CHECK(careful_program(0) && vgpu_get("leaked_allocations") == 0 && vgpu_get("leaked_objects") == 0);
  vgpu_set("fail_allocation", 1);
  CHECK(!careful_program(0));
}

void calls_are_counted_and_switches_are_known() {
  Bench bench;
  vgpu_reset();
  OK(bench.launch(bench.z, bench.x, bench.y, bench.one));
  OK(cuStreamSynchronize(bench.one));
  CHECK(vgpu_get("calls") == 2 && vgpu_get("launches") == 1 && vgpu_get("synchronisations") == 1);
  CHECK(vgpu_get("calls:cuLaunchKernel") == 1 && vgpu_get("calls:cuMemAlloc") == 0 && vgpu_get("nothing") == -1);
  CHECK(vgpu_set("nothing", 1) == -1 && vgpu_statistics()[0] == '{');
  CUdeviceptr managed;
  CHECK(cuMemAllocManaged(&managed, 4, CU_MEM_ATTACH_GLOBAL) == CUDA_ERROR_NOT_SUPPORTED);
  vgpu_set("devices", 0);
  CHECK(cuInit(0) == CUDA_ERROR_NO_DEVICE);
  vgpu_set("devices", 1);
}

}  // namespace

int main() {
  CUcontext context;
  CHECK(cuCtxGetCurrent(&context) == CUDA_ERROR_NOT_INITIALIZED);
  modules_say_what_is_wrong();
  launches_are_checked();
  delayed_work_waits_for_a_reason();
  streams_meet_at_events_only();
  the_legacy_stream_orders_blocking_ones();
  a_fault_stays_until_the_context_goes();
  any_call_can_be_made_to_fail();
  calls_are_counted_and_switches_are_known();
  puts("driver_test: all hold");
}
