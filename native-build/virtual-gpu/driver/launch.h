// Turning the arguments of a launch call into an action.
#pragma once

#include "objects.h"

namespace driver {

// Checks a launch as the driver does before anything runs, and copies its parameters.
CUresult prepare(CUctx_st& context, KernelLaunch& launch, void** parameters, void** extra);

// Blocks of this function that one multiprocessor holds. Registers are not counted: PTX does not know them.
int resident_blocks(const CUfunc_st& function, unsigned threads, size_t dynamic_shared);

}  // namespace driver
