// Initialisation, versions and what the device says of itself: an H100's numbers, at the compute capability that is set.
#include <cstring>

#include "frame.h"

using namespace driver;

namespace {

constexpr const char* NAME = "Virtual GPU (PTX interpreter)";

const std::map<int, int>& attributes() {
  static const std::map<int, int> values = {
      {CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK, 1024},
      {CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_X, 1024},
      {CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Y, 1024},
      {CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Z, 64},
      {CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X, 2147483647},
      {CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Y, 65535},
      {CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Z, 65535},
      {CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK, 49152},
      {CU_DEVICE_ATTRIBUTE_RESERVED_SHARED_MEMORY_PER_BLOCK, SHARED_RESERVED},
      {CU_DEVICE_ATTRIBUTE_TOTAL_CONSTANT_MEMORY, 65536},
      {CU_DEVICE_ATTRIBUTE_WARP_SIZE, 32},
      {CU_DEVICE_ATTRIBUTE_MAX_PITCH, 2147483647},
      {CU_DEVICE_ATTRIBUTE_MAX_REGISTERS_PER_BLOCK, 65536},
      {CU_DEVICE_ATTRIBUTE_MAX_REGISTERS_PER_MULTIPROCESSOR, 65536},
      {CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_MULTIPROCESSOR, 2048},
      {CU_DEVICE_ATTRIBUTE_MAX_BLOCKS_PER_MULTIPROCESSOR, 32},
      {CU_DEVICE_ATTRIBUTE_CLOCK_RATE, 1980000},
      {CU_DEVICE_ATTRIBUTE_MEMORY_CLOCK_RATE, 2619000},
      {CU_DEVICE_ATTRIBUTE_GLOBAL_MEMORY_BUS_WIDTH, 5120},
      {CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE, 52428800},
      {CU_DEVICE_ATTRIBUTE_MAX_PERSISTING_L2_CACHE_SIZE, 32768000},
      {CU_DEVICE_ATTRIBUTE_TEXTURE_ALIGNMENT, 512},
      {CU_DEVICE_ATTRIBUTE_TEXTURE_PITCH_ALIGNMENT, 32},
      {CU_DEVICE_ATTRIBUTE_SURFACE_ALIGNMENT, 512},
      {CU_DEVICE_ATTRIBUTE_GPU_OVERLAP, 1},
      {CU_DEVICE_ATTRIBUTE_ASYNC_ENGINE_COUNT, 3},
      {CU_DEVICE_ATTRIBUTE_CONCURRENT_KERNELS, 1},
      {CU_DEVICE_ATTRIBUTE_ECC_ENABLED, 1},
      {CU_DEVICE_ATTRIBUTE_UNIFIED_ADDRESSING, 1},
      {CU_DEVICE_ATTRIBUTE_STREAM_PRIORITIES_SUPPORTED, 1},
      {CU_DEVICE_ATTRIBUTE_GLOBAL_L1_CACHE_SUPPORTED, 1},
      {CU_DEVICE_ATTRIBUTE_LOCAL_L1_CACHE_SUPPORTED, 1},
      {CU_DEVICE_ATTRIBUTE_SINGLE_TO_DOUBLE_PRECISION_PERF_RATIO, 2},
      {CU_DEVICE_ATTRIBUTE_COMPUTE_PREEMPTION_SUPPORTED, 1},
      {CU_DEVICE_ATTRIBUTE_COOPERATIVE_LAUNCH, 1},
      {CU_DEVICE_ATTRIBUTE_HOST_REGISTER_SUPPORTED, 1},
      {CU_DEVICE_ATTRIBUTE_MEMORY_POOLS_SUPPORTED, 1},
  };
  return values;
}

int attribute_of(CUdevice_attribute attribute, CUdevice device) {
  const Settings& settings = state().settings;
  switch (attribute) {
    case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR: return static_cast<int>(settings.capability / 10);
    case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR: return static_cast<int>(settings.capability % 10);
    case CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT: return static_cast<int>(settings.multiprocessors);
    case CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN: return static_cast<int>(settings.shared);
    case CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_MULTIPROCESSOR: return static_cast<int>(settings.shared + SHARED_RESERVED);
    case CU_DEVICE_ATTRIBUTE_PCI_BUS_ID: return device;
    default: break;
  }
  auto known = attributes().find(attribute);
  return known == attributes().end() ? 0 : known->second;
}

template <class Body>
CUresult on_device(const char* name, CUdevice device, Body body) {
  return call(name, [&] { return device < 0 || device >= state().settings.devices ? CUDA_ERROR_INVALID_DEVICE : body(); });
}

}  // namespace

extern "C" {

CUresult cuInit(unsigned flags) {
  return call(
      "cuInit",
      [&] {
        if (flags != 0) return CUDA_ERROR_INVALID_VALUE;
        if (state().settings.devices == 0) return CUDA_ERROR_NO_DEVICE;
        state().initialised = true;
        return CUDA_SUCCESS;
      },
      false);
}

CUresult cuDriverGetVersion(int* version) {
  return call(
      "cuDriverGetVersion", [&] { return *version = static_cast<int>(state().settings.driver_version), CUDA_SUCCESS; }, false);
}

CUresult cuDeviceGetCount(int* count) {
  return call("cuDeviceGetCount", [&] { return *count = static_cast<int>(state().settings.devices), CUDA_SUCCESS; });
}

CUresult cuDeviceGet(CUdevice* device, int ordinal) {
  return on_device("cuDeviceGet", ordinal, [&] { return *device = ordinal, CUDA_SUCCESS; });
}

CUresult cuDeviceGetName(char* name, int length, CUdevice device) {
  return on_device("cuDeviceGetName", device, [&] {
    if (length <= 0) return CUDA_ERROR_INVALID_VALUE;
    snprintf(name, static_cast<size_t>(length), "%s", NAME);
    return CUDA_SUCCESS;
  });
}

CUresult cuDeviceGetUuid(CUuuid* uuid, CUdevice device) {
  return on_device("cuDeviceGetUuid", device, [&] {
    memset(uuid->bytes, 0, sizeof uuid->bytes);
    memcpy(uuid->bytes, "virtual GPU", 11);
    uuid->bytes[15] = static_cast<char>(device);
    return CUDA_SUCCESS;
  });
}

CUresult cuDeviceGetUuid_v2(CUuuid* uuid, CUdevice device) { return cuDeviceGetUuid(uuid, device); }

CUresult cuDeviceGetPCIBusId(char* id, int length, CUdevice device) {
  return on_device("cuDeviceGetPCIBusId", device, [&] {
    snprintf(id, static_cast<size_t>(length), "0000:%02x:00.0", device);
    return CUDA_SUCCESS;
  });
}

CUresult cuDeviceTotalMem_v2(size_t* bytes, CUdevice device) {
  return on_device("cuDeviceTotalMem", device, [&] { return *bytes = vgpu::Memory::device().capacity(), CUDA_SUCCESS; });
}

CUresult cuDeviceGetAttribute(int* value, CUdevice_attribute attribute, CUdevice device) {
  return on_device("cuDeviceGetAttribute", device, [&] {
    if (attribute <= 0 || attribute >= CU_DEVICE_ATTRIBUTE_MAX) return CUDA_ERROR_INVALID_VALUE;
    *value = attribute_of(attribute, device);
    return CUDA_SUCCESS;
  });
}

CUresult cuDeviceComputeCapability(int* major, int* minor, CUdevice device) {
  return on_device("cuDeviceComputeCapability", device, [&] {
    *major = static_cast<int>(state().settings.capability / 10);
    *minor = static_cast<int>(state().settings.capability % 10);
    return CUDA_SUCCESS;
  });
}

CUresult cuDeviceCanAccessPeer(int* can, CUdevice device, CUdevice) {
  return on_device("cuDeviceCanAccessPeer", device, [&] { return *can = 0, CUDA_SUCCESS; });
}

}  // extern "C"
