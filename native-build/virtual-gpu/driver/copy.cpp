// Copies and fills.
#include <algorithm>

#include "capture.h"
#include "frame.h"

using namespace driver;
using vgpu::Memory;

namespace {

bool is_pinned(uint64_t address) {
  auto after = state().pinned.upper_bound(address);
  return after != state().pinned.begin() && address < std::prev(after)->first + std::prev(after)->second.first;
}

bool is_device(uint64_t address) { return Memory::device().contains(address, 1); }

// Reads pageable source memory now (a captured copy reads it when the graph runs) and page-locked memory when the copy takes place.
// Returns after a copy to pageable memory, or a synchronous one with a host side, has taken place.
CUresult copy(CUstream_st& stream, Copy what, bool synchronous) {
  if (what.bytes == 0) return CUDA_SUCCESS;
  if (what.to_device && !Memory::device().contains(what.to, what.bytes)) return CUDA_ERROR_INVALID_VALUE;
  if (what.from_device && !Memory::device().contains(what.from, what.bytes)) return CUDA_ERROR_INVALID_VALUE;
  bool host = !what.to_device || !what.from_device;
  what.pinned = host && is_pinned(what.to_device ? what.from : what.to);
  bool capturing = stream.capture != nullptr;
  if (!what.from_device && !what.pinned && !capturing) {
    const auto* from = reinterpret_cast<const uint8_t*>(what.from);
    what.staged.assign(from, from + what.bytes);
  }
  bool waits = !capturing && (synchronous ? host : host && !what.pinned && !what.to_device);
  if (waits && synchronous)
    if (CUresult error = check_safe(*stream.context)) return error;
  CUresult status = enqueue(stream, std::move(what));
  if (status != CUDA_SUCCESS) return status;
  if (!capturing) ++state().counts.copies;
  if (!waits) return CUDA_SUCCESS;
  ++state().counts.synchronisations;
  finish(stream.tail);
  return stream.context->broken;
}

CUresult copy_now(const char* name, Copy what) {
  return on_stream(name, nullptr, [&](CUstream_st& stream) { return copy(stream, what, true); });
}

CUresult copy_async(const char* name, Copy what, CUstream handle) {
  return on_stream(name, handle, [&](CUstream_st& stream) { return copy(stream, what, false); });
}

CUresult fill(const char* name, CUstream handle, Fill what) {
  return on_stream(name, handle, [&](CUstream_st& stream) {
    if (what.elements == 0) return CUDA_SUCCESS;
    if (what.to % what.width != 0 || !Memory::device().contains(what.to, what.elements * what.width))
      return CUDA_ERROR_INVALID_VALUE;
    return enqueue(stream, what);
  });
}

uint64_t number(const void* address) { return reinterpret_cast<uint64_t>(address); }

Copy host_to_device(CUdeviceptr to, const void* from, size_t bytes) {
  return {.to = to, .from = number(from), .bytes = bytes, .to_device = true};
}

Copy device_to_host(void* to, CUdeviceptr from, size_t bytes) {
  return {.to = number(to), .from = from, .bytes = bytes, .from_device = true};
}

Copy device_to_device(CUdeviceptr to, CUdeviceptr from, size_t bytes) {
  return {.to = to, .from = from, .bytes = bytes, .to_device = true, .from_device = true};
}

// Unified addressing: the addresses say which side they are of.
Copy unified(CUdeviceptr to, CUdeviceptr from, size_t bytes) {
  return {.to = to, .from = from, .bytes = bytes, .to_device = is_device(to), .from_device = is_device(from)};
}

}  // namespace

extern "C" {

CUresult cuMemcpyHtoD_v2(CUdeviceptr to, const void* from, size_t bytes) {
  return copy_now("cuMemcpyHtoD", host_to_device(to, from, bytes));
}
CUresult cuMemcpyDtoH_v2(void* to, CUdeviceptr from, size_t bytes) {
  return copy_now("cuMemcpyDtoH", device_to_host(to, from, bytes));
}
CUresult cuMemcpyDtoD_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes) {
  return copy_now("cuMemcpyDtoD", device_to_device(to, from, bytes));
}
CUresult cuMemcpy(CUdeviceptr to, CUdeviceptr from, size_t bytes) {
  return copy_now("cuMemcpy", unified(to, from, bytes));
}
CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void* from, size_t bytes, CUstream stream) {
  return copy_async("cuMemcpyHtoDAsync", host_to_device(to, from, bytes), stream);
}
CUresult cuMemcpyDtoHAsync_v2(void* to, CUdeviceptr from, size_t bytes, CUstream stream) {
  return copy_async("cuMemcpyDtoHAsync", device_to_host(to, from, bytes), stream);
}
CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream) {
  return copy_async("cuMemcpyDtoDAsync", device_to_device(to, from, bytes), stream);
}
CUresult cuMemcpyAsync(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream) {
  return copy_async("cuMemcpyAsync", unified(to, from, bytes), stream);
}

CUresult cuMemsetD8_v2(CUdeviceptr to, unsigned char value, size_t n) {
  return fill("cuMemsetD8", nullptr, {.to = to, .value = value, .width = 1, .elements = n});
}
CUresult cuMemsetD16_v2(CUdeviceptr to, unsigned short value, size_t n) {
  return fill("cuMemsetD16", nullptr, {.to = to, .value = value, .width = 2, .elements = n});
}
CUresult cuMemsetD32_v2(CUdeviceptr to, unsigned value, size_t n) {
  return fill("cuMemsetD32", nullptr, {.to = to, .value = value, .width = 4, .elements = n});
}
CUresult cuMemsetD8Async(CUdeviceptr to, unsigned char value, size_t n, CUstream stream) {
  return fill("cuMemsetD8Async", stream, {.to = to, .value = value, .width = 1, .elements = n});
}
CUresult cuMemsetD16Async(CUdeviceptr to, unsigned short value, size_t n, CUstream stream) {
  return fill("cuMemsetD16Async", stream, {.to = to, .value = value, .width = 2, .elements = n});
}
CUresult cuMemsetD32Async(CUdeviceptr to, unsigned value, size_t n, CUstream stream) {
  return fill("cuMemsetD32Async", stream, {.to = to, .value = value, .width = 4, .elements = n});
}

}  // extern "C"
