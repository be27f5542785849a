// Addresses of a warp become pointers of the host, once bounds, alignment, initialisation and races are checked.
#pragma once

#include "races.h"
#include "warp.h"

namespace vgpu {

// The addresses that the active lanes name: base + displacement.
void addresses_of(const Warp& warp, const Access& access, uint64_t (&addresses)[LANES]);

// Host pointers for `bytes` at each active lane's address, counted and checked as `intent`.
void locate(Warp& warp, const Instruction& instruction, uint32_t active, Intent intent, uint32_t bytes,
            const uint64_t (&addresses)[LANES], Space space, uint8_t* (&host)[LANES]);

// Shared memory outside the usual path (cp.async, ldmatrix): one lane's bytes, checked likewise.
uint8_t* locate_shared(Warp& warp, const AccessDetail& detail, uint64_t offset, uint32_t bytes);

}  // namespace vgpu
