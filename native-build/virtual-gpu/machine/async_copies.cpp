// cp.async: at issue the source is read and the target poisoned; the bytes land when the warp waits for them.
#include "access.h"
#include "block.h"
#include "lanes.h"

namespace vgpu {
namespace {

constexpr int POISON = 0xFF;  // NaN in every floating format

// Operands: o[0] the shared address, o[1] the optional source size; access is the global side.
void execute_copy(Warp& w, const Instruction& i, uint32_t active) {
  uint32_t bytes = i.immediate;
  uint64_t sources[LANES], targets[LANES];
  uint8_t* host[LANES] = {};
  addresses_of(w, i.access, sources);
  Access target;
  target.base = i.o[0];
  target.displacement = int32_t(i.target);
  addresses_of(w, target, targets);
  uint32_t read = active;  // a lane whose source size is 0 reads nothing: its address need not be valid
  if (i.operands > 1) read &= lanes_where([&](int lane) { return w.at<uint32_t>(i.o[1])[lane] != 0; });
  if (read) locate(w, i, read, Intent::READ, bytes, sources, i.access.space, host);
  for_lanes(active, [&](int lane) {
    if (targets[lane] % bytes) w.fault(Fault::MISALIGNED, "shared address " + hexadecimal(targets[lane]), lane);
    AccessDetail detail{Intent::WRITE, Strength::WEAK, lane, w.pc(), true};
    uint8_t* place = locate_shared(w, detail, targets[lane], bytes);
    AsyncCopy copy{uint32_t(targets[lane]), bytes, w.pc(), lane, {}};
    uint32_t wanted = i.operands > 1 ? std::min(w.at<uint32_t>(i.o[1])[lane], bytes) : bytes;
    if (wanted) std::memcpy(copy.data, host[lane], wanted);
    std::memset(place, POISON, bytes);
    w.copies[lane].push_back(copy);
  });
}

void land(Warp& w, const std::vector<AsyncCopy>& copies) {
  for (const AsyncCopy& copy : copies) {
    AccessDetail detail{Intent::WRITE, Strength::WEAK, copy.lane, copy.pc};
    uint8_t* place = locate_shared(w, detail, copy.destination, copy.bytes);
    std::memcpy(place, copy.data, copy.bytes);
  }
}

// A lane's copies since its last commit become its newest group.
void execute_commit(Warp& w, const Instruction&, uint32_t active) {
  for_lanes(active, [&](int lane) {
    w.copy_groups[lane].push_back(std::move(w.copies[lane]));
    w.copies[lane].clear();
  });
}

// All but the newest `immediate` groups of each lane land.
void execute_wait_group(Warp& w, const Instruction& i, uint32_t active) {
  for_lanes(active, [&](int lane) {
    auto& groups = w.copy_groups[lane];
    size_t landing = groups.size() > i.immediate ? groups.size() - i.immediate : 0;
    for (size_t k = 0; k < landing; k++) land(w, groups[k]);
    groups.erase(groups.begin(), groups.begin() + landing);
  });
}

void execute_wait_all(Warp& w, const Instruction& i, uint32_t active) {
  execute_commit(w, i, active);
  execute_wait_group(w, i, active);
}

void decode_copy(Decoder& d) {
  bool at_l2 = d.take("cg");
  if (!at_l2 && !d.take("ca")) d.fail(".ca or .cg is missing");
  if (!d.take("shared") && !d.take("shared::cta")) d.fail("the target must be shared memory");
  if (!d.take("global")) d.fail("the source must be global memory");
  d.take_one_of({"L2::64B", "L2::128B", "L2::256B"});
  d.expect_operands(3, 4);
  d.out.immediate = d.constant_integer(d.text(2));
  bool allowed = d.out.immediate == 16 || (!at_l2 && (d.out.immediate == 4 || d.out.immediate == 8));
  if (!allowed) d.fail("the size must be 4, 8 or 16, with .cg 16");
  d.address(d.text(0), Space::SHARED);
  d.append(d.out.access.base);
  d.out.target = uint32_t(d.out.access.displacement);
  d.address(d.text(1), Space::GLOBAL);
  d.out.access.element = uint8_t(d.out.immediate);
  if (d.operand_count() == 4) d.source(d.text(3), Type::U32);
  d.out.execute = execute_copy;
}

void decode_cp(Decoder& d) {
  if (!d.take("async")) d.fail("only cp.async is understood");
  if (d.take("commit_group")) {
    d.expect_operands(0, 0);
    d.out.execute = execute_commit;
  } else if (d.take("wait_group")) {
    d.out.immediate = d.constant_integer(d.text(0));
    d.out.execute = execute_wait_group;
  } else if (d.take("wait_all")) {
    d.expect_operands(0, 0);
    d.out.execute = execute_wait_all;
  } else {
    decode_copy(d);
  }
}

}  // namespace

void add_async_copies(DecodeTable& table) { table["cp"] = decode_cp; }

}  // namespace vgpu
