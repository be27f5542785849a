// kernels/cpu/runtime/stream.cpp — teams, streams, and which instruction sets this machine has.
#include "stream.h"

#include <new>
#include <system_error>

#ifdef __x86_64__
#include <cpuid.h>
#include <dlfcn.h>
#endif
#ifdef __linux__
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace {

#ifdef __x86_64__
/** Linux keeps the tile registers from a process that has not asked for them. */
bool may_use_tiles() {
#ifdef __linux__
  constexpr long ARCH_REQ_XCOMP_PERM = 0x1023, XFEATURE_XTILEDATA = 18;
  return syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) == 0;
#else
  return false;
#endif
}

/** A test can bring AMX along, emulated: then it is there, but never the fastest. */
bool emulates_tiles() {
  auto present = reinterpret_cast<int (*)()>(dlsym(RTLD_DEFAULT, "virtual_amx_present"));
  return present && present();
}

struct Features {
  bool avx2, avx512, bf16, amx;
};

Features features() {
  unsigned a = 0, b = 0, c = 0, d = 0, leaf7a = 0;
  __builtin_cpu_init();
  bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
  bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  bool tiles = __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d >> 22 & 1) && (d >> 24 & 1);  // AMX-BF16, AMX-TILE
  bool bf16 = avx512 && __get_cpuid_count(7, 1, &leaf7a, &b, &c, &d) && (leaf7a >> 5 & 1);
  return {avx2, avx512, bf16, bf16 && tiles && may_use_tiles()};
}
#endif

}  // namespace

extern "C" {

const char* sild_cpu_variant(int i) {
  const char* names[6] = {};
  int n = 0;
#ifdef __x86_64__
  static const Features has = features();
  if (has.amx) names[n++] = "amx";
  if (has.bf16) names[n++] = "avx512_bf16";
  if (has.avx512) names[n++] = "avx512";
  if (has.avx2) names[n++] = "avx2";
#endif
  names[n++] = "baseline";
#ifdef __x86_64__
  if (!has.amx && has.bf16 && emulates_tiles()) names[n++] = "amx";
#endif
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

int64_t sild_stream_bytes(int threads) { return int64_t(sild_stream::bytes(threads)); }

int sild_stream_create(sild_stream** stream, sild_team* team, int precision) {
  if (precision < SILD_F32_FAST || precision > SILD_BF16) return SILD_BAD_ARGUMENT;
  sild_memory scratch;
  if (int status = sild_memory_allocate(&scratch, int64_t(sild_stream::bytes(team->members())))) return status;
  *stream = new (std::nothrow) sild_stream{team, static_cast<float*>(scratch.data), precision, scratch.block};
  if (*stream == nullptr) {
    sild_memory_free(scratch.block);
    return SILD_OUT_OF_MEMORY;
  }
  return SILD_OK;
}

void sild_stream_destroy(sild_stream* stream) {
  if (stream == nullptr) return;
  sild_memory_free(stream->block);
  delete stream;
}
}
