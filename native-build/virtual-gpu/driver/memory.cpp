// Device memory and page-locked host memory.
#include <cstdlib>
#include <cstring>

#include "capture.h"
#include "frame.h"

using namespace driver;
using vgpu::Memory;

namespace {

CUresult allocate(CUctx_st& context, CUdeviceptr* address, size_t bytes) {
  *address = 0;
  if (bytes == 0) return CUDA_ERROR_INVALID_VALUE;
  if (allocation_fails()) return CUDA_ERROR_OUT_OF_MEMORY;
  *address = Memory::device().allocate(bytes);
  if (*address == 0) return CUDA_ERROR_OUT_OF_MEMORY;
  context.allocations.insert(*address);
  ++state().counts.allocations;
  return CUDA_SUCCESS;
}

CUcontext owner(CUdeviceptr address) {
  for (CUcontext context : live<CUctx_st>())
    if (context->allocations.contains(address)) return context;
  return nullptr;
}

CUresult allocate_host(CUctx_st& context, void** address, size_t bytes, unsigned flags) {
  *address = nullptr;
  if (bytes == 0) return CUDA_ERROR_INVALID_VALUE;
  if (CUresult error = check_safe(context)) return error;
  if (allocation_fails() || posix_memalign(address, 4096, bytes) != 0) return CUDA_ERROR_OUT_OF_MEMORY;
  memset(*address, 0xCD, bytes);
  state().pinned[reinterpret_cast<uint64_t>(*address)] = {bytes, flags};
  ++state().counts.allocations;
  return CUDA_SUCCESS;
}

// Freeing waits for all work, as the real driver's does, so nothing delayed finds its memory gone.
void wait_for_everything() {
  for (CUcontext context : live<CUctx_st>()) finish_all(*context);
}

CUresult release_pinned(void* address, CUresult unknown, void (*give_back)(void*)) {
  auto found = state().pinned.find(reinterpret_cast<uint64_t>(address));
  if (found == state().pinned.end()) return unknown;
  wait_for_everything();
  state().pinned.erase(found);
  give_back(address);
  return CUDA_SUCCESS;
}

}  // namespace

extern "C" {

CUresult cuMemAlloc_v2(CUdeviceptr* address, size_t bytes) {
  return in_context("cuMemAlloc", [&](CUctx_st& context) {
    CUresult error = check_safe(context);
    return error != CUDA_SUCCESS ? error : allocate(context, address, bytes);
  });
}

CUresult cuMemFree_v2(CUdeviceptr address) {
  return release("cuMemFree", [&] {
    if (address == 0) return CUDA_SUCCESS;
    CUcontext context = owner(address);
    if (context == nullptr) return CUDA_ERROR_INVALID_VALUE;
    if (CUresult error = check_safe(*context)) return error;
    ++state().counts.synchronisations;
    wait_for_everything();
    Memory::device().free(address);
    context->allocations.erase(address);
    return context->broken;
  });
}

CUresult cuMemAllocAsync(CUdeviceptr* address, size_t bytes, CUstream handle) {
  return on_stream("cuMemAllocAsync", handle, [&](CUstream_st& stream) {
    if (stream.capture != nullptr) return CUDA_ERROR_NOT_SUPPORTED;  // memory nodes of graphs are not modelled
    CUresult error = check_capture(stream);
    return error != CUDA_SUCCESS ? error : allocate(*stream.context, address, bytes);
  });
}

CUresult cuMemFreeAsync(CUdeviceptr address, CUstream handle) {
  return on_stream("cuMemFreeAsync", handle, [&](CUstream_st& stream) {
    if (stream.capture != nullptr) return CUDA_ERROR_NOT_SUPPORTED;
    return owner(address) == nullptr ? CUDA_ERROR_INVALID_VALUE : enqueue(stream, Free{address});
  });
}

CUresult cuMemGetInfo_v2(size_t* free, size_t* total) {
  return in_context("cuMemGetInfo", [&](CUctx_st&) {
    const Memory& memory = Memory::device();
    *total = memory.capacity();
    *free = *total - std::min(*total, memory.live_bytes());
    return CUDA_SUCCESS;
  });
}

CUresult cuMemGetAddressRange_v2(CUdeviceptr* base, size_t* bytes, CUdeviceptr address) {
  return in_context("cuMemGetAddressRange", [&](CUctx_st&) {
    uint64_t start = 0;
    size_t size = 0;
    if (!Memory::device().range(address, &start, &size)) return CUDA_ERROR_NOT_FOUND;
    if (base != nullptr) *base = start;
    if (bytes != nullptr) *bytes = size;
    return CUDA_SUCCESS;
  });
}

CUresult cuMemAllocHost_v2(void** address, size_t bytes) {
  return in_context("cuMemAllocHost", [&](CUctx_st& context) { return allocate_host(context, address, bytes, 0); });
}

CUresult cuMemHostAlloc(void** address, size_t bytes, unsigned flags) {
  return in_context("cuMemHostAlloc", [&](CUctx_st& context) { return allocate_host(context, address, bytes, flags); });
}

CUresult cuMemFreeHost(void* address) {
  return release("cuMemFreeHost", [&] { return release_pinned(address, CUDA_ERROR_INVALID_VALUE, free); });
}

CUresult cuMemHostRegister_v2(void* address, size_t bytes, unsigned flags) {
  return in_context("cuMemHostRegister", [&](CUctx_st& context) {
    if (address == nullptr || bytes == 0) return CUDA_ERROR_INVALID_VALUE;
    if (CUresult error = check_safe(context)) return error;
    if (allocation_fails()) return CUDA_ERROR_OUT_OF_MEMORY;
    auto [place, fresh] = state().pinned.insert({reinterpret_cast<uint64_t>(address), {bytes, flags}});
    return fresh ? CUDA_SUCCESS : CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED;
  });
}

CUresult cuMemHostUnregister(void* address) {
  return release("cuMemHostUnregister",
                 [&] { return release_pinned(address, CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED, [](void*) {}); });
}

CUresult cuMemHostGetFlags(unsigned* flags, void* address) {
  return in_context("cuMemHostGetFlags", [&](CUctx_st&) {
    auto found = state().pinned.find(reinterpret_cast<uint64_t>(address));
    if (found == state().pinned.end()) return CUDA_ERROR_INVALID_VALUE;
    *flags = found->second.second;
    return CUDA_SUCCESS;
  });
}

}  // extern "C"
