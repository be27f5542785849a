// The virtual GPU's own entry points in libcuda.so.1: control for tests, and what its cuBLAS and cuDNN build upon. README.md lists
// the names of switches and counts.
#pragma once

#include <stddef.h>

typedef struct CUstream_st* CUstream;

#ifdef __cplusplus
extern "C" {
#endif

int vgpu_set(const char* name, long long value);  // -1 if there is no such switch
long long vgpu_get(const char* name);             // -1 if there is no such count
const char* vgpu_statistics(void);                // JSON, valid until the next call
void vgpu_reset(void);                            // counts and statistics; switches stay
const char* vgpu_last_fault(void);                // "" if none; valid until the next call

// `count` pieces of `bytes` bytes, `pitch` bytes apart: the columns of a matrix, say. The library reads and writes `alignment`
// bytes at once, so the address has to be a multiple of that.
typedef struct vgpu_operand {
  unsigned long long address;
  size_t bytes, pitch, count;
  int read, written;
  size_t alignment;
} vgpu_operand;

// A library's call that enqueues nothing (a handle made, say): counted, and it may be told to fail. A CUresult.
int vgpu_call(const char* name);

// A library's work, put on the stream like a kernel: counted, ordered, delayed, captured, and subject to faults. When its turn
// comes, all operands must be aligned and lie in live device memory, and what is read be initialised if that is checked; then
// `run` gets a copy of the arguments. A CUresult.
int vgpu_enqueue(CUstream stream, const char* name, void (*run)(void*), const void* arguments, size_t bytes,
                 const vgpu_operand* operands, size_t operand_count);

#ifdef __cplusplus
}
#endif
