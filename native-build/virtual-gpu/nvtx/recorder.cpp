// libnvtx_recorder — stands in for a profiler: NVTX loads it where NVTX_INJECTION64_PATH names it. Every range that begins or ends
// becomes a line of the file NVTX_RECORD.
#include <nvtx3/nvToolsExt.h>

#include <cstdio>
#include <cstdlib>
#include <string>

struct nvtxDomainRegistration_st {
  std::string name;
};
struct nvtxStringRegistration_st {
  std::string text;
};

namespace {

FILE* record() {
  static FILE* const file = std::fopen(std::getenv("NVTX_RECORD"), "w");
  return file;
}

nvtxDomainHandle_t create(const char* name) { return new nvtxDomainRegistration_st{name}; }

nvtxStringHandle_t register_string(nvtxDomainHandle_t, const char* text) { return new nvtxStringRegistration_st{text}; }

int push(nvtxDomainHandle_t domain, const nvtxEventAttributes_t* range) {
  std::fprintf(record(), "push %s %s\n", domain->name.c_str(), range->message.registered->text.c_str());
  std::fflush(record());
  return 0;
}

int pop(nvtxDomainHandle_t domain) {
  std::fprintf(record(), "pop %s\n", domain->name.c_str());
  std::fflush(record());
  return 0;
}

template <class F>
void install(NvtxFunctionTable table, int place, F* function) {
  *table[place] = reinterpret_cast<NvtxFunctionPointer>(function);
}

}  // namespace

extern "C" __attribute__((visibility("default"))) int InitializeInjectionNvtx2(NvtxGetExportTableFunc_t tables) {
  auto callbacks = static_cast<const NvtxExportTableCallbacks*>(tables(NVTX_ETID_CALLBACKS));
  NvtxFunctionTable table = nullptr;
  unsigned size = 0;
  if (!record() || !callbacks->GetModuleFunctionTable(NVTX_CB_MODULE_CORE2, &table, &size)) return 0;
  install(table, NVTX_CBID_CORE2_DomainCreateA, create);
  install(table, NVTX_CBID_CORE2_DomainRegisterStringA, register_string);
  install(table, NVTX_CBID_CORE2_DomainRangePushEx, push);
  install(table, NVTX_CBID_CORE2_DomainRangePop, pop);
  return 1;
}
