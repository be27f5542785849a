// The driver's stand-in by its C interface: each function of this file establishes facts that programs rely on.
#include <cuda.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "../vgpu.h"

namespace {

#define CHECK(condition)                                                         \
  do {                                                                           \
    if (!(condition)) {                                                          \
      fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #condition); \
      exit(1);                                                                   \
    }                                                                            \
  } while (false)
#define OK(call) CHECK((call) == CUDA_SUCCESS)

// sum[i] = a[i] + b[i]
std::string add_ptx(const std::string& version = "7.1", const std::string& target = "sm_80") {
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

void graphs_replay_what_was_captured() {
  Bench bench;
  vgpu_set("delayed", 1);
  CUevent fork, join;
  OK(cuEventCreate(&fork, 0));
  OK(cuEventCreate(&join, 0));
  OK(cuStreamBeginCapture(bench.one, CU_STREAM_CAPTURE_MODE_GLOBAL));
  OK(bench.launch(bench.x, bench.x, bench.y, bench.one));
  OK(cuEventRecord(fork, bench.one));
  OK(cuStreamWaitEvent(bench.two, fork, 0));
  OK(bench.launch(bench.z, bench.x, bench.x, bench.two));
  OK(cuEventRecord(join, bench.two));
  OK(cuMemsetD32Async(bench.y, 0x40000000, N, bench.one));  // 2.0f
  OK(cuStreamWaitEvent(bench.one, join, 0));
  CUstreamCaptureStatus status;
  OK(cuStreamIsCapturing(bench.two, &status));
  CHECK(status == CU_STREAM_CAPTURE_STATUS_ACTIVE);
  CUgraph graph;
  OK(cuStreamEndCapture(bench.one, &graph));
  OK(cuStreamIsCapturing(bench.two, &status));
  CHECK(status == CU_STREAM_CAPTURE_STATUS_NONE);
  size_t nodes = 0;
  OK(cuGraphGetNodes(graph, nullptr, &nodes));
  CHECK(nodes == 3 && bench.last(bench.x) == 1);  // nothing has run
  CUgraphExec exec;
  OK(cuGraphInstantiate(&exec, graph, 0));
  for (int i = 0; i < 3; ++i) OK(cuGraphLaunch(exec, bench.one));
  OK(cuStreamSynchronize(bench.one));
  CHECK(bench.last(bench.x) == 15 && bench.last(bench.z) == 30 && bench.last(bench.y) == 2);
  CHECK(vgpu_get("graph_launches") == 3);

  std::vector<CUgraphNode> node(nodes);
  OK(cuGraphGetNodes(graph, node.data(), &nodes));
  unsigned n = N;
  void* parameters[] = {&bench.x, &bench.y, &bench.y, &n};
  CUDA_KERNEL_NODE_PARAMS next = {bench.add, 8, 1, 1, 128, 1, 1, 0, parameters, nullptr, nullptr, nullptr};
  OK(cuGraphExecKernelNodeSetParams(exec, node[0], &next));
  OK(cuGraphLaunch(exec, bench.one));
  OK(cuStreamSynchronize(bench.one));
  CHECK(bench.last(bench.x) == 4);
  CUgraphExecUpdateResultInfo info;
  OK(cuGraphExecUpdate(exec, graph, &info));  // back to what was captured
  OK(cuGraphLaunch(exec, bench.one));
  OK(cuStreamSynchronize(bench.one));
  CHECK(bench.last(bench.x) == 6);
  OK(cuGraphExecDestroy(exec));
  OK(cuGraphDestroy(graph));
}

// Begins a capture, does what is forbidden, and expects the capture to be lost.
template <class Forbidden>
void loses_capture(Bench& bench, CUresult expected, Forbidden forbidden) {
  OK(cuStreamBeginCapture(bench.one, CU_STREAM_CAPTURE_MODE_GLOBAL));
  OK(bench.launch(bench.x, bench.x, bench.y, bench.one));
  CHECK(forbidden() == expected);
  CHECK(bench.launch(bench.x, bench.x, bench.y, bench.one) == CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
  CUgraph graph;
  CHECK(cuStreamEndCapture(bench.one, &graph) == CUDA_ERROR_STREAM_CAPTURE_INVALIDATED && graph == nullptr);
  OK(bench.launch(bench.x, bench.x, bench.y, bench.one));
}

void capture_keeps_its_rules() {
  Bench bench;
  CUstream blocking;
  CUevent event, outside;
  CUdeviceptr memory;
  OK(cuStreamCreate(&blocking, CU_STREAM_DEFAULT));
  OK(cuEventCreate(&event, 0));
  OK(cuEventCreate(&outside, 0));
  OK(cuEventRecord(outside, bench.two));
  loses_capture(bench, CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, [&] { return cuMemAlloc(&memory, 16); });
  loses_capture(bench, CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, [&] { return cuStreamSynchronize(bench.one); });
  loses_capture(bench, CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, [&] { return cuStreamQuery(bench.one); });
  loses_capture(bench, CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, [&] { return cuCtxSynchronize(); });
  loses_capture(bench, CUDA_ERROR_STREAM_CAPTURE_ISOLATION, [&] { return cuStreamWaitEvent(bench.one, outside, 0); });
  loses_capture(bench, CUDA_ERROR_CAPTURED_EVENT, [&] {
    OK(cuEventRecord(event, bench.one));
    return cuEventSynchronize(event);
  });
  CUgraph graph;
  OK(cuStreamBeginCapture(blocking, CU_STREAM_CAPTURE_MODE_RELAXED));
  CHECK(bench.launch(bench.x, bench.x, bench.y, nullptr) == CUDA_ERROR_STREAM_CAPTURE_IMPLICIT);
  CHECK(cuStreamEndCapture(blocking, &graph) == CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);

  OK(cuStreamBeginCapture(bench.one, CU_STREAM_CAPTURE_MODE_GLOBAL));
  OK(cuEventRecord(event, bench.one));
  OK(cuStreamWaitEvent(bench.two, event, 0));
  OK(bench.launch(bench.x, bench.x, bench.y, bench.two));
  CHECK(cuStreamEndCapture(bench.one, &graph) == CUDA_ERROR_STREAM_CAPTURE_UNJOINED);
  CHECK(cuStreamEndCapture(bench.one, &graph) == CUDA_ERROR_ILLEGAL_STATE);

  OK(cuStreamBeginCapture(bench.one, CU_STREAM_CAPTURE_MODE_RELAXED));  // allows what does not touch the stream
  OK(cuMemAlloc(&memory, 16));
  OK(cuStreamEndCapture(bench.one, &graph));
  OK(cuMemFree(memory));
  OK(cuGraphDestroy(graph));
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
  graphs_replay_what_was_captured();
  capture_keeps_its_rules();
  a_fault_stays_until_the_context_goes();
  any_call_can_be_made_to_fail();
  calls_are_counted_and_switches_are_known();
  puts("driver_test: all hold");
}
