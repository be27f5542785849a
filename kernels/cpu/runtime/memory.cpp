// kernels/cpu/runtime/memory.cpp — where the arrays of the CPU device lie.
//
// Large ones lie in large pages: a gather touches a page a row, and the processor remembers few of the small ones. Their
// beginnings are spread, because arrays a power of two apart that are walked in step share the same few lines of a cache.
#include <atomic>
#include <cstdlib>
#include <cstring>

#include "sild_cpu.h"

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace {

constexpr size_t LARGE_PAGE = size_t(2) << 20, LINE = 64, SPREAD = 16;  // bytes, bytes, places where an array may begin

size_t whole(size_t n, size_t grain) { return (n + grain - 1) / grain * grain; }

}  // namespace

extern "C" {

int sild_memory_allocate(sild_memory* memory, int64_t bytes) {
  static std::atomic<size_t> count{0};
  bool large = bytes >= int64_t(2 * LARGE_PAGE);
  size_t skew = large ? count.fetch_add(1) % SPREAD * (LINE * 5) : 0;
  size_t size = whole(size_t(bytes) + skew, large ? LARGE_PAGE : LINE);
  void* block = nullptr;
  if (posix_memalign(&block, large ? LARGE_PAGE : LINE, size) != 0) return SILD_OUT_OF_MEMORY;
#ifdef MADV_HUGEPAGE
  if (large) madvise(block, size, MADV_HUGEPAGE);  // a wish: without, it is small pages
#endif
  memset(block, 0, size);
  *memory = {block, static_cast<char*>(block) + skew};
  return SILD_OK;
}

void sild_memory_free(void* block) { free(block); }
}
