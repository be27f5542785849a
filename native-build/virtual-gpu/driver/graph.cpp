// Graphs: what capture has recorded, instantiated, launched and updated.
#include <algorithm>

#include "capture.h"
#include "frame.h"
#include "launch.h"

using namespace driver;

namespace {

CUgraphNodeType type_of(const Action& action) {
  struct Type {
    CUgraphNodeType operator()(const Marker&) { return CU_GRAPH_NODE_TYPE_EMPTY; }
    CUgraphNodeType operator()(const KernelLaunch&) { return CU_GRAPH_NODE_TYPE_KERNEL; }
    CUgraphNodeType operator()(const Copy&) { return CU_GRAPH_NODE_TYPE_MEMCPY; }
    CUgraphNodeType operator()(const Fill&) { return CU_GRAPH_NODE_TYPE_MEMSET; }
    CUgraphNodeType operator()(const HostCall&) { return CU_GRAPH_NODE_TYPE_HOST; }
    CUgraphNodeType operator()(const LibraryCall&) { return CU_GRAPH_NODE_TYPE_KERNEL; }
    CUgraphNodeType operator()(const Free&) { return CU_GRAPH_NODE_TYPE_MEM_FREE; }
  };
  return std::visit(Type{}, action);
}

void fill_from(CUgraphExec_st& exec, const CUgraph_st& graph) {
  std::map<CUgraphNode, size_t> index;
  for (const auto& node : graph.nodes) {
    std::vector<size_t> after;
    for (CUgraphNode before : node->after) after.push_back(index.at(before));
    index[node.get()] = exec.actions.size();
    exec.actions.push_back(node->action);
    exec.after.push_back(std::move(after));
    exec.sources.push_back(node.get());
  }
}

CUresult instantiate(CUctx_st& context, CUgraphExec* handle, CUgraph graph) {
  if (!live<CUgraph_st>().contains(graph)) return CUDA_ERROR_INVALID_VALUE;
  *handle = create<CUgraphExec_st>();
  (*handle)->context = &context;
  fill_from(**handle, *graph);
  return CUDA_SUCCESS;
}

// Every node becomes an operation; the stream goes on after all of them.
CUresult launch(CUgraphExec_st& exec, CUstream_st& stream) {
  if (stream.capture != nullptr) return CUDA_ERROR_NOT_SUPPORTED;  // graphs inside graphs are not modelled
  if (CUresult error = check_capture(stream)) return error;
  std::vector<OperationPtr> start = predecessors(stream);
  if (exec.last != nullptr) start.push_back(exec.last);
  std::vector<OperationPtr> operations, all = start;
  for (size_t i = 0; i < exec.actions.size(); ++i) {
    std::vector<OperationPtr> after;
    for (size_t before : exec.after[i]) after.push_back(operations[before]);
    operations.push_back(append(stream, exec.actions[i], after.empty() ? start : std::move(after)));
  }
  all.insert(all.end(), operations.begin(), operations.end());
  exec.last = stream.tail = append(stream, Marker{}, std::move(all));
  ++state().counts.graph_launches;
  return CUDA_SUCCESS;
}

// Parameters may change, the shape of the graph and the kind of each node may not.
CUgraphExecUpdateResult update(CUgraphExec_st& exec, const CUgraph_st& graph) {
  CUgraphExec_st next;
  fill_from(next, graph);
  if (next.after != exec.after) return CU_GRAPH_EXEC_UPDATE_ERROR_TOPOLOGY_CHANGED;
  for (size_t i = 0; i < next.actions.size(); ++i)
    if (type_of(next.actions[i]) != type_of(exec.actions[i])) return CU_GRAPH_EXEC_UPDATE_ERROR_NODE_TYPE_CHANGED;
  exec.actions = std::move(next.actions);
  return CU_GRAPH_EXEC_UPDATE_SUCCESS;
}

template <class Body>
CUresult on_exec(const char* name, CUgraphExec exec, Body body) {
  return in_context(name, [&](CUctx_st& context) {
    return live<CUgraphExec_st>().contains(exec) ? body(context, *exec) : CUDA_ERROR_INVALID_VALUE;
  });
}

}  // namespace

extern "C" {

CUresult cuGraphCreate(CUgraph* graph, unsigned flags) {
  return call("cuGraphCreate", [&] {
    if (flags != 0) return CUDA_ERROR_INVALID_VALUE;
    *graph = create<CUgraph_st>();
    return CUDA_SUCCESS;
  });
}

CUresult cuGraphDestroy(CUgraph graph) {
  return release("cuGraphDestroy", [&] {
    if (!live<CUgraph_st>().contains(graph)) return CUDA_ERROR_INVALID_VALUE;
    destroy(graph);
    return CUDA_SUCCESS;
  });
}

CUresult cuGraphGetNodes(CUgraph graph, CUgraphNode* nodes, size_t* count) {
  return call("cuGraphGetNodes", [&] {
    if (!live<CUgraph_st>().contains(graph)) return CUDA_ERROR_INVALID_VALUE;
    size_t room = nodes == nullptr ? 0 : *count;
    for (size_t i = 0; i < room; ++i) nodes[i] = i < graph->nodes.size() ? graph->nodes[i].get() : nullptr;
    *count = nodes == nullptr ? graph->nodes.size() : std::min(room, graph->nodes.size());
    return CUDA_SUCCESS;
  });
}

CUresult cuGraphNodeGetType(CUgraphNode node, CUgraphNodeType* type) {
  return call("cuGraphNodeGetType", [&] { return *type = type_of(node->action), CUDA_SUCCESS; });
}

CUresult cuGraphInstantiateWithFlags(CUgraphExec* exec, CUgraph graph, unsigned long long) {
  return in_context("cuGraphInstantiate", [&](CUctx_st& context) { return instantiate(context, exec, graph); });
}

CUresult cuGraphInstantiate_v2(CUgraphExec* exec, CUgraph graph, CUgraphNode*, char* log, size_t bytes) {
  if (log != nullptr && bytes > 0) *log = '\0';
  return cuGraphInstantiateWithFlags(exec, graph, 0);
}

CUresult cuGraphExecDestroy(CUgraphExec exec) {
  return release("cuGraphExecDestroy", [&] {
    if (!live<CUgraphExec_st>().contains(exec)) return CUDA_ERROR_INVALID_VALUE;
    CUcontext context = exec->context;
    destroy(exec);  // a launch under way keeps its operations
    return context->broken;
  });
}

CUresult cuGraphUpload(CUgraphExec exec, CUstream) {
  return on_exec("cuGraphUpload", exec, [](CUctx_st&, CUgraphExec_st&) { return CUDA_SUCCESS; });
}

CUresult cuGraphLaunch(CUgraphExec exec, CUstream handle) {
  return on_exec("cuGraphLaunch", exec, [&](CUctx_st& context, CUgraphExec_st& e) {
    CUstream stream = resolve(context, handle);
    return stream == nullptr ? CUDA_ERROR_INVALID_HANDLE : launch(e, *stream);
  });
}

CUresult cuGraphExecUpdate_v2(CUgraphExec exec, CUgraph graph, CUgraphExecUpdateResultInfo* info) {
  return on_exec("cuGraphExecUpdate", exec, [&](CUctx_st&, CUgraphExec_st& e) {
    if (!live<CUgraph_st>().contains(graph)) return CUDA_ERROR_INVALID_VALUE;
    CUgraphExecUpdateResult result = update(e, *graph);
    if (info != nullptr) *info = {result, nullptr, nullptr};
    return result == CU_GRAPH_EXEC_UPDATE_SUCCESS ? CUDA_SUCCESS : CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE;
  });
}

CUresult cuGraphExecKernelNodeSetParams_v2(CUgraphExec exec, CUgraphNode node, const CUDA_KERNEL_NODE_PARAMS* p) {
  return on_exec("cuGraphExecKernelNodeSetParams", exec, [&](CUctx_st& context, CUgraphExec_st& e) {
    auto source = std::find(e.sources.begin(), e.sources.end(), node);
    if (source == e.sources.end()) return CUDA_ERROR_INVALID_VALUE;
    auto* known = std::get_if<KernelLaunch>(&e.actions[static_cast<size_t>(source - e.sources.begin())]);
    if (known == nullptr) return CUDA_ERROR_INVALID_VALUE;
    KernelLaunch next = *known;
    next.function = p->func;
    next.grid = {p->gridDimX, p->gridDimY, p->gridDimZ};
    next.block = {p->blockDimX, p->blockDimY, p->blockDimZ};
    next.dynamic_shared = p->sharedMemBytes;
    CUresult status = prepare(context, next, p->kernelParams, p->extra);
    if (status == CUDA_SUCCESS) *known = std::move(next);
    return status;
  });
}

}  // extern "C"
