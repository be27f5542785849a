// Branches, the end of a thread, fences and what only costs time.
#include "block.h"
#include "lanes.h"

namespace vgpu {
namespace {

void execute_branch(Warp& w, const Instruction& i, uint32_t active) { w.branch(i.target, active); }

void decode_branch(Decoder& d) {
  d.take("uni");
  d.expect_operands(1, 1);
  d.out.target = d.label(d.text(0));
  d.out.execute = execute_branch;
  d.out.decides = true;
}

void execute_indexed_branch(Warp& w, const Instruction& i, uint32_t active) {
  uint32_t index[LANES];
  std::memcpy(index, w.at<uint32_t>(i.o[0]), sizeof(index));
  for (uint32_t left = active; left;) {
    int lane = __builtin_ctz(left);
    if (index[lane] >= i.targets.size()) w.fault(Fault::ILLEGAL_INSTRUCTION, "the index is beyond the list of targets", lane);
    uint32_t together = left & lanes_where([&](int other) { return index[other] == index[lane]; });
    w.branch(i.targets[index[lane]], together);
    left &= ~together;
  }
}

void decode_indexed_branch(Decoder& d) {
  if (!d.take("idx")) d.fail("only brx.idx is understood");
  d.take("uni");
  d.expect_operands(2, 2);
  d.source(d.text(0), Type::U32);
  for (const auto& name : d.label_list(d.text(1))) d.out.targets.push_back(d.label(name));
  d.out.execute = execute_indexed_branch;
  d.out.decides = true;
}

void execute_exit(Warp& w, const Instruction&, uint32_t active) { w.exit(active); }

void decode_exit(Decoder& d) {
  d.take("uni");
  d.expect_operands(0, 0);
  d.out.execute = execute_exit;
}

void execute_trap(Warp& w, const Instruction&, uint32_t active) {
  w.fault(Fault::TRAP, "the kernel traps", __builtin_ctz(active));
}

void decode_trap(Decoder& d) {
  d.expect_operands(0, 0);
  d.out.execute = execute_trap;
}

void execute_call(Warp& w, const Instruction&, uint32_t active) {
  w.fault(Fault::UNSUPPORTED, "device functions are not called here: inline them", __builtin_ctz(active));
}

void decode_call(Decoder& d) {
  d.take("uni");
  d.out.execute = execute_call;
}

template <bool WHOLE_DEVICE>
void execute_fence(Warp& w, const Instruction&, uint32_t) {
  if (w.block.grid.switches.races) w.clocks.fence(WHOLE_DEVICE);
}

void decode_fence(Decoder& d) {
  d.take_one_of({"sc", "acq_rel"});
  int scope = d.take_one_of({"cta", "gl", "gpu", "sys"});
  if (scope < 0) d.fail("the scope is missing");
  d.expect_operands(0, 0);
  d.out.execute = scope == 0 ? execute_fence<false> : execute_fence<true>;
}

void execute_nanosleep(Warp& w, const Instruction&, uint32_t) { w.yield(); }

void decode_nanosleep(Decoder& d) {
  d.source(d.text(0), d.type());
  d.out.execute = execute_nanosleep;
}

}  // namespace

void add_control(DecodeTable& table) {
  table["bra"] = decode_branch;
  table["brx"] = decode_indexed_branch;
  table["exit"] = decode_exit;
  table["ret"] = decode_exit;
  table["trap"] = decode_trap;
  table["brkpt"] = decode_trap;
  table["call"] = decode_call;
  table["membar"] = decode_fence;
  table["fence"] = decode_fence;
  table["nanosleep"] = decode_nanosleep;
}

}  // namespace vgpu
