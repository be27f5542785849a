// Launches and occupancy.
#include "launch.h"

#include <algorithm>
#include <cstring>

#include "frame.h"

using namespace driver;

namespace {

constexpr unsigned WARP = 32, MOST_THREADS = 1024, THREADS_PER_SM = 2048, BLOCKS_PER_SM = 32;

size_t shared_per_sm() { return static_cast<size_t>(state().settings.shared) + SHARED_RESERVED; }

uint64_t volume(const vgpu::Dim& d) { return uint64_t(d.x) * d.y * d.z; }

CUresult copy_one_by_one(const vgpu::Kernel& kernel, void** parameters, std::vector<uint8_t>& block) {
  for (size_t i = 0; i < kernel.parameters.size(); ++i) {
    const vgpu::Parameter& parameter = kernel.parameters[i];
    if (parameters[i] == nullptr) return CUDA_ERROR_INVALID_VALUE;
    memcpy(block.data() + parameter.offset, parameters[i], parameter.bytes);
  }
  return CUDA_SUCCESS;
}

// CU_LAUNCH_PARAM_BUFFER_POINTER and _SIZE: the parameter block as a whole, perhaps padded at its end.
CUresult copy_buffer(void** extra, std::vector<uint8_t>& block) {
  const void* buffer = nullptr;
  size_t bytes = 0;
  for (; *extra != CU_LAUNCH_PARAM_END; extra += 2) {
    if (*extra == CU_LAUNCH_PARAM_BUFFER_POINTER) buffer = extra[1];
    else if (*extra == CU_LAUNCH_PARAM_BUFFER_SIZE) bytes = *static_cast<size_t*>(extra[1]);
    else return CUDA_ERROR_INVALID_VALUE;
  }
  if (buffer == nullptr || bytes < block.size() || bytes >= block.size() + 16) return CUDA_ERROR_INVALID_VALUE;
  memcpy(block.data(), buffer, block.size());
  return CUDA_SUCCESS;
}

CUresult check_shape(const KernelLaunch& launch) {
  const vgpu::Dim &grid = launch.grid, &block = launch.block;
  if (volume(grid) == 0 || volume(block) == 0) return CUDA_ERROR_INVALID_VALUE;
  if (grid.x > 2147483647u || grid.y > 65535 || grid.z > 65535) return CUDA_ERROR_INVALID_VALUE;
  if (block.x > 1024 || block.y > 1024 || block.z > 64 || volume(block) > MOST_THREADS) return CUDA_ERROR_INVALID_VALUE;
  if (launch.dynamic_shared > launch.function->max_dynamic_shared) return CUDA_ERROR_INVALID_VALUE;
  if (volume(block) > launch.function->kernel->max_threads) return CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES;
  uint64_t resident = uint64_t(state().settings.multiprocessors) *
                      resident_blocks(*launch.function, static_cast<unsigned>(volume(block)), launch.dynamic_shared);
  return launch.cooperative && volume(grid) > resident ? CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE : CUDA_SUCCESS;
}

CUresult launch_kernel(const char* name, CUstream handle, KernelLaunch launch, void** parameters, void** extra) {
  return on_stream(name, handle, [&](CUstream_st& stream) {
    if (CUresult error = prepare(*stream.context, launch, parameters, extra)) return error;
    if (stream.capture == nullptr) ++state().counts.launches;
    return enqueue(stream, std::move(launch));
  });
}

template <class Body>
CUresult on_function(const char* name, CUfunction function, Body body) {
  return in_context(name, [&](CUctx_st&) {
    return live<CUfunc_st>().contains(function) ? body(*function) : CUDA_ERROR_INVALID_HANDLE;
  });
}

// The block size that keeps most threads resident, the largest of equals.
CUresult best_block(int* grid, int* block, const CUfunc_st& function, CUoccupancyB2DSize shared_of, size_t shared, int limit) {
  unsigned most = function.kernel->max_threads, best = 0;
  if (limit > 0) most = std::min(most, static_cast<unsigned>(limit));
  for (unsigned threads = most; threads > 0; threads = threads > WARP ? (threads - 1) / WARP * WARP : 0) {
    size_t bytes = shared_of != nullptr ? shared_of(static_cast<int>(threads)) : shared;
    unsigned blocks = static_cast<unsigned>(resident_blocks(function, threads, bytes));
    if (blocks * threads <= best) continue;
    best = blocks * threads;
    *block = static_cast<int>(threads);
    *grid = static_cast<int>(blocks * state().settings.multiprocessors);
  }
  return best > 0 ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

}  // namespace

namespace driver {

CUresult prepare(CUctx_st& context, KernelLaunch& launch, void** parameters, void** extra) {
  if (!live<CUfunc_st>().contains(launch.function)) return CUDA_ERROR_INVALID_HANDLE;
  if (launch.function->module->context != &context) return CUDA_ERROR_INVALID_CONTEXT;
  if (CUresult error = check_shape(launch)) return error;
  const vgpu::Kernel& kernel = *launch.function->kernel;
  launch.parameters.assign(kernel.parameter_bytes, 0);
  if (parameters != nullptr && extra != nullptr) return CUDA_ERROR_INVALID_VALUE;
  if (extra != nullptr) return copy_buffer(extra, launch.parameters);
  if (parameters != nullptr) return copy_one_by_one(kernel, parameters, launch.parameters);
  return kernel.parameters.empty() ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

int resident_blocks(const CUfunc_st& function, unsigned threads, size_t dynamic_shared) {
  if (threads == 0 || threads > function.kernel->max_threads || dynamic_shared > function.max_dynamic_shared) return 0;
  unsigned rounded = (threads + WARP - 1) / WARP * WARP;
  size_t shared = function.kernel->static_shared + dynamic_shared + SHARED_RESERVED;
  return static_cast<int>(std::min({size_t(BLOCKS_PER_SM), size_t(THREADS_PER_SM / rounded), shared_per_sm() / shared}));
}

}  // namespace driver

extern "C" {

CUresult cuLaunchKernel(CUfunction function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,
                        unsigned shared, CUstream stream, void** parameters, void** extra) {
  return launch_kernel("cuLaunchKernel", stream, {function, {gx, gy, gz}, {bx, by, bz}, shared, false, {}}, parameters, extra);
}

CUresult cuLaunchCooperativeKernel(CUfunction function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by,
                                   unsigned bz, unsigned shared, CUstream stream, void** parameters) {
  return launch_kernel("cuLaunchCooperativeKernel", stream, {function, {gx, gy, gz}, {bx, by, bz}, shared, true, {}}, parameters,
                       nullptr);
}

// Of the attributes, `cooperative` counts; clusters are not modelled; the others tune what is not modelled either.
CUresult cuLaunchKernelEx(const CUlaunchConfig* config, CUfunction function, void** parameters, void** extra) {
  bool cooperative = false;
  for (unsigned i = 0; i < config->numAttrs; ++i) {
    if (config->attrs[i].id == CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION) return CUDA_ERROR_NOT_SUPPORTED;
    if (config->attrs[i].id == CU_LAUNCH_ATTRIBUTE_COOPERATIVE) cooperative = config->attrs[i].value.cooperative != 0;
  }
  return launch_kernel("cuLaunchKernelEx", config->hStream,
                       {function,
                        {config->gridDimX, config->gridDimY, config->gridDimZ},
                        {config->blockDimX, config->blockDimY, config->blockDimZ},
                        config->sharedMemBytes,
                        cooperative,
                        {}},
                       parameters, extra);
}

CUresult cuOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, CUfunction function, int threads, size_t shared) {
  return on_function("cuOccupancyMaxActiveBlocksPerMultiprocessor", function, [&](CUfunc_st& f) {
    if (threads <= 0) return CUDA_ERROR_INVALID_VALUE;
    *blocks = resident_blocks(f, static_cast<unsigned>(threads), shared);
    return CUDA_SUCCESS;
  });
}

CUresult cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int* blocks, CUfunction function, int threads, size_t shared,
                                                              unsigned) {
  return cuOccupancyMaxActiveBlocksPerMultiprocessor(blocks, function, threads, shared);
}

CUresult cuOccupancyMaxPotentialBlockSize(int* grid, int* block, CUfunction function, CUoccupancyB2DSize shared_of, size_t shared,
                                          int limit) {
  return on_function("cuOccupancyMaxPotentialBlockSize", function,
                     [&](CUfunc_st& f) { return best_block(grid, block, f, shared_of, shared, limit); });
}

CUresult cuOccupancyMaxPotentialBlockSizeWithFlags(int* grid, int* block, CUfunction function, CUoccupancyB2DSize shared_of,
                                                   size_t shared, int limit, unsigned) {
  return cuOccupancyMaxPotentialBlockSize(grid, block, function, shared_of, shared, limit);
}

CUresult cuOccupancyAvailableDynamicSMemPerBlock(size_t* bytes, CUfunction function, int blocks, int threads) {
  return on_function("cuOccupancyAvailableDynamicSMemPerBlock", function, [&](CUfunc_st& f) {
    if (blocks <= 0 || threads <= 0) return CUDA_ERROR_INVALID_VALUE;
    size_t taken = f.kernel->static_shared + SHARED_RESERVED, share = shared_per_sm() / static_cast<unsigned>(blocks);
    *bytes = std::min(share - std::min(share, taken), size_t(f.max_dynamic_shared));
    return CUDA_SUCCESS;
  });
}

}  // extern "C"
