// Graphs and the rules of stream capture, by the driver's C interface.
#include "bench.h"

namespace {

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
  loses_capture(bench, CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, [&] { return cuMemcpyHtoD(bench.x, &memory, sizeof memory); });
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

}  // namespace

int main() {
  graphs_replay_what_was_captured();
  capture_keeps_its_rules();
  puts("graph_test: all hold");
}
