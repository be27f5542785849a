// %tid, %laneid and the like: registers that the launch fills.
#pragma once

#include <optional>
#include <string>

#include "instruction.h"

namespace vgpu {

std::optional<Special> special_named(const std::string& name);
uint32_t special_value(const Warp& warp, Special what, int lane);

}  // namespace vgpu
