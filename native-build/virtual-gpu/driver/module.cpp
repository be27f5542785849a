// Modules from PTX text, their functions and variables.
#include <cstring>
#include <fstream>
#include <sstream>

#include "capture.h"
#include "frame.h"

using namespace driver;

namespace {

constexpr uint32_t SHARED_DEFAULT = 49152;

// The JIT options that carry text out of the loader.
struct Logs {
  char* error = nullptr;
  size_t error_bytes = 0;
  void** error_written = nullptr;
  void** info_written = nullptr;

  Logs(unsigned count, CUjit_option* options, void** values) {
    for (unsigned i = 0; i < count; ++i) {
      if (options[i] == CU_JIT_ERROR_LOG_BUFFER) error = static_cast<char*>(values[i]);
      if (options[i] == CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES) {
        error_bytes = reinterpret_cast<size_t>(values[i]) & 0xffffffff;  // an unsigned int in a pointer's place
        error_written = &values[i];
      }
      if (options[i] == CU_JIT_INFO_LOG_BUFFER_SIZE_BYTES) info_written = &values[i];
    }
  }

  void write(const std::string& message) {
    size_t written = 0;
    if (error != nullptr && error_bytes > 0) {
      written = std::min(message.size(), error_bytes - 1);
      memcpy(error, message.data(), written);
      error[written] = '\0';
    }
    if (error_written != nullptr) *error_written = reinterpret_cast<void*>(written);  // the manual: bytes filled
    if (info_written != nullptr) *info_written = nullptr;
  }
};

// The two numbers behind a directive, ".version 7.1" → 71 and ".target sm_80" → 80; 0 if it is not there.
int directive(const std::string& ptx, const char* word) {
  size_t at = ptx.find(word);
  if (at == std::string::npos) return 0;
  int value = 0;
  for (const char* c = ptx.c_str() + at + strlen(word); *c != '\0' && *c != '\n' && *c != ','; ++c)
    if (*c >= '0' && *c <= '9') value = value * 10 + (*c - '0');
  return value;
}

CUresult load(CUctx_st& context, const void* image, CUmodule* module, Logs logs) {
  *module = nullptr;
  if (CUresult error = check_safe(context)) return error;
  std::string ptx(static_cast<const char*>(image));
  int version = directive(ptx, ".version"), target = directive(ptx, ".target");
  if (version == 0 || target == 0) return logs.write("the image is no PTX text"), CUDA_ERROR_NO_BINARY_FOR_GPU;
  if (version > state().settings.ptx_version) {
    logs.write("PTX .version " + std::to_string(version / 10) + "." + std::to_string(version % 10) + " is newer than this driver");
    return CUDA_ERROR_UNSUPPORTED_PTX_VERSION;
  }
  if (target > state().settings.capability) {
    logs.write("PTX .target sm_" + std::to_string(target) + " is above the device's compute capability");
    return CUDA_ERROR_NO_BINARY_FOR_GPU;
  }
  std::string message;
  std::unique_ptr<vgpu::Module> code = vgpu::Module::parse(ptx, &message);
  logs.write(message);
  if (code == nullptr) return CUDA_ERROR_INVALID_PTX;
  *module = create<CUmod_st>();
  (*module)->context = &context;
  (*module)->code = std::move(code);
  return CUDA_SUCCESS;
}

template <class Body>
CUresult on_function(const char* name, CUfunction function, Body body) {
  return in_context(name, [&](CUctx_st&) {
    return live<CUfunc_st>().contains(function) ? body(*function) : CUDA_ERROR_INVALID_HANDLE;
  });
}

}  // namespace

extern "C" {

CUresult cuModuleLoadData(CUmodule* module, const void* image) {
  return in_context("cuModuleLoadData", [&](CUctx_st& context) { return load(context, image, module, Logs(0, nullptr, nullptr)); });
}

CUresult cuModuleLoadDataEx(CUmodule* module, const void* image, unsigned count, CUjit_option* options, void** values) {
  return in_context("cuModuleLoadDataEx",
                    [&](CUctx_st& context) { return load(context, image, module, Logs(count, options, values)); });
}

CUresult cuModuleLoad(CUmodule* module, const char* path) {
  return in_context("cuModuleLoad", [&](CUctx_st& context) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return CUDA_ERROR_FILE_NOT_FOUND;
    std::ostringstream text;
    text << file.rdbuf();
    return load(context, text.str().c_str(), module, Logs(0, nullptr, nullptr));
  });
}

CUresult cuModuleLoadFatBinary(CUmodule* module, const void*) {
  return in_context("cuModuleLoadFatBinary", [&](CUctx_st&) { return *module = nullptr, CUDA_ERROR_NO_BINARY_FOR_GPU; });
}

CUresult cuModuleUnload(CUmodule module) {
  return release("cuModuleUnload", [&] {
    if (!live<CUmod_st>().contains(module)) return CUDA_ERROR_INVALID_HANDLE;
    CUcontext context = module->context;
    if (CUresult error = check_safe(*context)) return error;
    finish_all(*context);
    for (auto& [name, function] : module->functions) destroy(function);
    destroy(module);
    return context->broken;
  });
}

CUresult cuModuleGetFunction(CUfunction* function, CUmodule module, const char* name) {
  return in_context("cuModuleGetFunction", [&](CUctx_st&) {
    if (!live<CUmod_st>().contains(module)) return CUDA_ERROR_INVALID_HANDLE;
    const vgpu::Kernel* kernel = module->code->find(name);
    if (kernel == nullptr) return CUDA_ERROR_NOT_FOUND;
    CUfunction& known = module->functions[name];
    if (known == nullptr) {
      known = create<CUfunc_st>();
      known->module = module;
      known->kernel = kernel;
      known->max_dynamic_shared = SHARED_DEFAULT - std::min(kernel->static_shared, SHARED_DEFAULT);
    }
    *function = known;
    return CUDA_SUCCESS;
  });
}

CUresult cuModuleGetGlobal_v2(CUdeviceptr* address, size_t* bytes, CUmodule module, const char* name) {
  return in_context("cuModuleGetGlobal", [&](CUctx_st&) {
    if (!live<CUmod_st>().contains(module)) return CUDA_ERROR_INVALID_HANDLE;
    uint64_t where = 0;
    size_t size = 0;
    if (!module->code->global(name, &where, &size)) return CUDA_ERROR_NOT_FOUND;
    if (address != nullptr) *address = where;
    if (bytes != nullptr) *bytes = size;
    return CUDA_SUCCESS;
  });
}

CUresult cuModuleGetLoadingMode(CUmoduleLoadingMode* mode) {
  return call("cuModuleGetLoadingMode", [&] { return *mode = CU_MODULE_EAGER_LOADING, CUDA_SUCCESS; });
}

CUresult cuFuncGetModule(CUmodule* module, CUfunction function) {
  return on_function("cuFuncGetModule", function, [&](CUfunc_st& f) { return *module = f.module, CUDA_SUCCESS; });
}

// NUM_REGS counts PTX registers, which have no end; it is cut off where the hardware's end.
CUresult cuFuncGetAttribute(int* value, CUfunction_attribute attribute, CUfunction function) {
  return on_function("cuFuncGetAttribute", function, [&](CUfunc_st& f) {
    const vgpu::Kernel& kernel = *f.kernel;
    switch (attribute) {
      case CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK: *value = static_cast<int>(kernel.max_threads); break;
      case CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES: *value = static_cast<int>(kernel.static_shared); break;
      case CU_FUNC_ATTRIBUTE_CONST_SIZE_BYTES: *value = 0; break;
      case CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES: *value = static_cast<int>(kernel.local_bytes); break;
      case CU_FUNC_ATTRIBUTE_NUM_REGS: *value = static_cast<int>(std::min(kernel.registers, 255u)); break;
      case CU_FUNC_ATTRIBUTE_PTX_VERSION:
      case CU_FUNC_ATTRIBUTE_BINARY_VERSION: *value = f.module->code->target_sm; break;
      case CU_FUNC_ATTRIBUTE_CACHE_MODE_CA: *value = 0; break;
      case CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES: *value = static_cast<int>(f.max_dynamic_shared); break;
      case CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT: *value = -1; break;
      default: return CUDA_ERROR_INVALID_VALUE;
    }
    return CUDA_SUCCESS;
  });
}

CUresult cuFuncSetAttribute(CUfunction function, CUfunction_attribute attribute, int value) {
  return on_function("cuFuncSetAttribute", function, [&](CUfunc_st& f) {
    if (attribute == CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT) return CUDA_SUCCESS;
    if (attribute != CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES) return CUDA_ERROR_INVALID_VALUE;
    long long whole = value + static_cast<long long>(f.kernel->static_shared);
    if (value < 0 || whole > state().settings.shared) return CUDA_ERROR_INVALID_VALUE;
    f.max_dynamic_shared = static_cast<uint32_t>(value);
    return CUDA_SUCCESS;
  });
}

CUresult cuFuncSetCacheConfig(CUfunction function, CUfunc_cache) {
  return on_function("cuFuncSetCacheConfig", function, [](CUfunc_st&) { return CUDA_SUCCESS; });
}

}  // extern "C"
