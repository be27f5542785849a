// libsild_nvtx — names for what runs on the GPU, on the time line of NVIDIA's profilers. NVTX is headers only: it looks for a
// profiler when it is first called, and without one every call returns at once.
#include <nvtx3/nvToolsExt.h>

#define SILD_API extern "C" __attribute__((visibility("default")))

static nvtxDomainHandle_t domain;

// To be called once, before all else: 1 if a profiler listens. It cannot come later.
SILD_API int sild_nvtx_begin() {
  domain = nvtxDomainCreateA("SiLD");
  return domain != nullptr;
}

// A name, told to the profiler once; valid as long as the process.
SILD_API nvtxStringHandle_t sild_nvtx_name(const char* name) { return nvtxDomainRegisterStringA(domain, name); }

// Begins a range of that name on this thread; ranges nest.
SILD_API void sild_nvtx_push(nvtxStringHandle_t name) {
  nvtxEventAttributes_t range = {};
  range.version = NVTX_VERSION;
  range.size = NVTX_EVENT_ATTRIB_STRUCT_SIZE;
  range.messageType = NVTX_MESSAGE_TYPE_REGISTERED;
  range.message.registered = name;
  nvtxDomainRangePushEx(domain, &range);
}

SILD_API void sild_nvtx_pop() { nvtxDomainRangePop(domain); }
