// kernels/cpu/runtime/stream.cpp — teams, streams, and which instruction sets this machine has.
#include "stream.h"

#include <cstdlib>
#include <new>
#include <system_error>

extern "C" {

const char* sild_cpu_variant(int i) {
  const char* names[4] = {};
  int n = 0;
#ifdef __x86_64__
  __builtin_cpu_init();
  bool fma = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
  if (fma && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl"))
    names[n++] = "avx512";
  if (fma) names[n++] = "avx2";
#endif
  names[n++] = "baseline";
  return i >= 0 && i < n ? names[i] : nullptr;
}

int sild_team_create(sild_team** team, int threads) {
  if (threads < 1 || threads > 1024) return SILD_BAD_ARGUMENT;
  try {
    *team = new sild_team(threads);
    return SILD_OK;
  } catch (const std::system_error&) {  // the process may not have so many threads
    return SILD_OUT_OF_MEMORY;
  } catch (const std::bad_alloc&) {
    return SILD_OUT_OF_MEMORY;
  }
}

void sild_team_destroy(sild_team* team) { delete team; }

int sild_stream_create(sild_stream** stream, sild_team* team) {
  void* scratch = nullptr;
  if (posix_memalign(&scratch, 64, sild_stream::SCRATCH_FLOATS * sizeof(float)) != 0) return SILD_OUT_OF_MEMORY;
  *stream = new (std::nothrow) sild_stream{team, static_cast<float*>(scratch)};
  if (*stream == nullptr) {
    free(scratch);
    return SILD_OUT_OF_MEMORY;
  }
  return SILD_OK;
}

void sild_stream_destroy(sild_stream* stream) {
  if (stream == nullptr) return;
  free(stream->scratch);
  delete stream;
}
}
