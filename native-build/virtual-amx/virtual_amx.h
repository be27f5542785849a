// AMX on a processor that has none, so that a test executes the AMX kernels' machine code everywhere. Test equipment: an
// instruction costs microseconds, and nothing measured on it is a speed.
//
// Such a processor raises SIGILL at an AMX instruction. libvirtual_amx.so takes the signal, does to the thread's tiles what the
// instruction would have done, and goes on behind it. Emulated are AMX-TILE and AMX-BF16's TDPBF16PS, after Intel's manual (SDM
// volume 2, and its exception classes AMX-E1 to E5). Where the processor and the kernel know AMX, nothing traps and nothing is
// emulated.
//
// decode      machine code and registers → an Instruction
// tiles       what it does to a thread's tiles
// product     the arithmetic of TDPBF16PS
// threads     where the tiles of each thread are
// trap        the signals
//
// Not modelled: restarting a load or store that faulted half-way, and which of several NaNs is the result.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Takes SIGILL for the whole process and for good; whoever had it before gets all that is not AMX. Any thread, any number of times.
// 1 if AMX instructions can be executed from now on; 0 if not (the processor has no FMA, or the signal could not be taken).
int virtual_amx_install(void);
int virtual_amx_present(void);        // 1 after that
uint64_t virtual_amx_products(void);  // how many TDPBF16PS all threads have executed here

#ifdef __cplusplus
}
#endif
