#include "special_registers.h"

#include <unordered_map>

#include "block.h"

namespace vgpu {

std::optional<Special> special_named(const std::string& name) {
  static const std::unordered_map<std::string, Special> names = {
      {"%tid.x", Special::TID_X},       {"%tid.y", Special::TID_Y},       {"%tid.z", Special::TID_Z},
      {"%ntid.x", Special::NTID_X},     {"%ntid.y", Special::NTID_Y},     {"%ntid.z", Special::NTID_Z},
      {"%ctaid.x", Special::CTAID_X},   {"%ctaid.y", Special::CTAID_Y},   {"%ctaid.z", Special::CTAID_Z},
      {"%nctaid.x", Special::NCTAID_X}, {"%nctaid.y", Special::NCTAID_Y}, {"%nctaid.z", Special::NCTAID_Z},
      {"%laneid", Special::LANEID},     {"%warpid", Special::WARPID},     {"%nwarpid", Special::NWARPID},
      {"%smid", Special::SMID},         {"%nsmid", Special::NSMID},       {"%gridid", Special::GRIDID},
      {"%lanemask_eq", Special::LANEMASK_EQ}, {"%lanemask_lt", Special::LANEMASK_LT}, {"%lanemask_le", Special::LANEMASK_LE},
      {"%lanemask_gt", Special::LANEMASK_GT}, {"%lanemask_ge", Special::LANEMASK_GE},
      {"%dynamic_smem_size", Special::DYNAMIC_SHARED}, {"%total_smem_size", Special::TOTAL_SHARED}};
  auto found = names.find(name);
  if (found == names.end()) return {};
  return found->second;
}

uint32_t special_value(const Warp& warp, Special what, int lane) {
  const Launch& launch = warp.block.grid.launch;
  const Dim& threads = launch.block;
  const Dim& index = warp.block.index;
  uint32_t linear = warp.index * LANES + lane;
  uint32_t bit = 1u << lane;
  switch (what) {
    case Special::TID_X: return linear % threads.x;
    case Special::TID_Y: return linear / threads.x % threads.y;
    case Special::TID_Z: return linear / threads.x / threads.y;
    case Special::NTID_X: return threads.x;
    case Special::NTID_Y: return threads.y;
    case Special::NTID_Z: return threads.z;
    case Special::CTAID_X: return index.x;
    case Special::CTAID_Y: return index.y;
    case Special::CTAID_Z: return index.z;
    case Special::NCTAID_X: return launch.grid.x;
    case Special::NCTAID_Y: return launch.grid.y;
    case Special::NCTAID_Z: return launch.grid.z;
    case Special::LANEID: return lane;
    case Special::WARPID: return warp.index;
    case Special::NWARPID: return uint32_t(warp.block.warp_count());
    case Special::SMID: return uint32_t(warp.block.linear % 132);
    case Special::NSMID: return 132;
    case Special::GRIDID: return 1;
    case Special::LANEMASK_EQ: return bit;
    case Special::LANEMASK_LT: return bit - 1;
    case Special::LANEMASK_LE: return bit | (bit - 1);
    case Special::LANEMASK_GT: return ~(bit | (bit - 1));
    case Special::LANEMASK_GE: return ~(bit - 1);
    case Special::DYNAMIC_SHARED: return launch.dynamic_shared;
    case Special::TOTAL_SHARED: return launch.dynamic_shared + warp.block.grid.program.static_shared;
  }
  return 0;
}

}  // namespace vgpu
