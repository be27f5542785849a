// How a launch ends early: thrown where the fault is found, caught in run().
#pragma once

#include <string>

#include "machine.h"

namespace vgpu {

struct LaunchFault {
  Fault fault;
  std::string message;
};

std::string hexadecimal(uint64_t value);

}  // namespace vgpu
