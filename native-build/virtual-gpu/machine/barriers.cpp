// bar and barrier: .sync, .arrive and .red of a block, .warp.sync of a warp.
#include "block.h"
#include "lanes.h"

namespace vgpu {
namespace {

enum Variant : uint8_t { SYNC, ARRIVE, POPC, AND, OR };

void results_of_reduction(Warp& w, const Instruction& i, uint32_t active, uint32_t votes, uint32_t voters) {
  if (i.variant == AND) w.write_predicate(i.o[0], votes == voters ? ALL_LANES : 0, active);
  if (i.variant == OR) w.write_predicate(i.o[0], votes > 0 ? ALL_LANES : 0, active);
  if (i.variant != POPC) return;
  uint32_t r[LANES];
  for (uint32_t& value : r) value = votes;
  w.write(i.o[0], r, active);
}

// Operands: the reduction's result, the barrier, the thread count or a sink, the predicate or a sink.
void execute_barrier(Warp& w, const Instruction& i, uint32_t active) {
  int lane = __builtin_ctz(active);
  Block::Arrival arrival{};
  arrival.id = w.at<uint32_t>(i.o[1])[lane];
  arrival.threads = i.o[2].wanted() ? w.at<uint32_t>(i.o[2])[lane] : 0;
  arrival.waits = i.variant != ARRIVE;
  arrival.voters = active;
  arrival.votes = i.o[3].wanted() ? w.predicate(i.o[3]) & active : 0;
  w.block.arrive(w, arrival);
}

void finish_barrier(Warp& w, const Instruction& i, uint32_t active) {
  if (i.variant < POPC) return;
  uint32_t id = w.at<uint32_t>(i.o[1])[__builtin_ctz(active)];
  results_of_reduction(w, i, active, w.block.barrier_votes(id), w.block.barrier_voters(id));
}

void execute_warp_barrier(Warp& w, const Instruction&, uint32_t active) {
  if (w.block.grid.switches.races) w.clocks.synchronise_lanes(active, w.live());
}

void decode_warp_barrier(Decoder& d) {
  if (!d.take("sync")) d.fail("only bar.warp.sync is understood");
  d.expect_operands(1, 1);
  d.out.members = d.resolve(d.text(0), Type::U32);
  d.out.converges = d.out.anywhere = true;
  d.out.execute = execute_warp_barrier;
}

void decode_reduction(Decoder& d) {
  int operation = d.take_one_of({"popc", "and", "or"});
  if (operation < 0) d.fail("the reduction is missing");
  d.out.variant = uint8_t(POPC + operation);
  Type type = d.type();
  d.expect_operands(3, 4);
  if (type == Type::PRED) d.predicate(d.text(0));
  else d.result(d.text(0), Type::U32);
  d.source(d.text(1), Type::U32);
  if (d.operand_count() == 4) d.source(d.text(2), Type::U32);
  else d.append({});
  d.predicate(d.text(d.operand_count() - 1));
}

void decode_barrier(Decoder& d) {
  if (d.take("warp")) return decode_warp_barrier(d);
  d.take("cta");
  bool reduces = d.take("red"), arrives = !reduces && d.take("arrive");
  if (!reduces && !arrives && !d.take("sync")) d.fail("only .sync, .arrive and .red are understood");
  d.take("aligned");
  if (reduces) {
    decode_reduction(d);
  } else {
    d.out.variant = arrives ? ARRIVE : SYNC;
    d.expect_operands(arrives ? 2 : 1, 2);
    d.append({});
    d.source(d.text(0), Type::U32);
    if (d.operand_count() == 2) d.source(d.text(1), Type::U32);
    else d.append({});
    d.append({});
  }
  d.out.converges = true;
  d.out.execute = execute_barrier;
  d.out.complete = finish_barrier;
}

}  // namespace

void add_barriers(DecodeTable& table) {
  table["bar"] = decode_barrier;
  table["barrier"] = decode_barrier;
}

}  // namespace vgpu
