#include "block.h"

#include <algorithm>
#include <bit>

namespace vgpu {

Grid::Grid(const Launch& l, const Switches& s, KernelCounts& c)
    : launch(l),
      program(*l.kernel->program),
      switches(s),
      dice(s.schedule),
      counts(c),
      races(program.granule_shift),
      step_limit(s.step_limit ? s.step_limit : 4'000'000'000u),
      last_region(program.instructions.size()) {}

Block::Block(Grid& g) : grid(g) {
  shared.resize(size_t(grid.program.static_shared) + grid.launch.dynamic_shared);
  unsigned warps = (grid.threads() + LANES - 1) / LANES;
  for (unsigned i = 0; i < warps; i++) warps_.push_back(std::make_unique<Warp>(*this, i));
}

void Block::start(uint64_t linear_index) {
  linear = linear_index;
  const Dim& size = grid.launch.grid;
  index = {unsigned(linear % size.x), unsigned(linear / size.x % size.y), unsigned(linear / size.x / size.y)};
  std::fill(shared.begin(), shared.end(), uint8_t(0xA5));
  if (grid.switches.initialised) shared_written.assign((shared.size() + 63) / 64, 0);
  if (grid.switches.races) shared_races.reset(shared.size(), grid.program.granule_shift);
  barriers_.fill(Barrier());
  next_ = 0;
  for (size_t i = 0; i < warps_.size(); i++) {
    uint32_t threads = grid.threads() - uint32_t(i) * LANES;
    warps_[i]->reset(threads >= LANES ? ALL_LANES : (1u << threads) - 1);
  }
}

// In turn, or at random under a schedule seed.
Warp* Block::choose() {
  size_t n = warps_.size();
  size_t first = grid.seeded() ? grid.dice.below(uint32_t(n)) : next_;
  for (size_t k = 0; k < n; k++) {
    Warp* warp = warps_[(first + k) % n].get();
    if (!warp->ready()) continue;
    next_ = (first + k + 1) % n;
    return warp;
  }
  return nullptr;
}

bool Block::run() {
  Warp* warp = choose();
  if (!warp) {
    bool finished = std::all_of(warps_.begin(), warps_.end(), [](const auto& w) { return w->finished(); });
    if (!finished) deadlock();
    return false;
  }
  grid.steps += warp->run(grid.seeded() ? 1 + grid.dice.below(96) : 4096);
  return true;
}

std::string Block::waiting() const {
  std::string list;
  for (const auto& warp : warps_) list += warp->waiting();
  return list;
}

void Block::deadlock() {
  std::string message = "kernel " + grid.program.kernel + ", block (" + std::to_string(index.x) + "," + std::to_string(index.y) +
                        "," + std::to_string(index.z) + "): nothing can run";
  throw LaunchFault{Fault::DEADLOCK, message + waiting()};
}

void Block::arrive(Warp& warp, const Arrival& arrival) {
  if (arrival.id >= barriers_.size()) warp.fault(Fault::ILLEGAL_INSTRUCTION, "there are 16 barriers");
  if (arrival.threads % LANES != 0) warp.fault(Fault::ILLEGAL_INSTRUCTION, "a barrier's thread count is a multiple of 32");
  Barrier& barrier = barriers_[arrival.id];
  uint32_t bit = 1u << warp.index;
  if (barrier.arrived & bit) warp.fault(Fault::DEADLOCK, "the warp arrives twice at a barrier that is not complete");
  if (barrier.arrived && barrier.threads != arrival.threads) {
    warp.fault(Fault::ILLEGAL_INSTRUCTION, "the barrier's thread count differs between warps");
  }
  barrier.arrived |= bit;
  barrier.threads = arrival.threads;
  barrier.votes += uint32_t(std::popcount(arrival.votes));
  barrier.voters += uint32_t(std::popcount(arrival.voters));
  if (grid.switches.races) {
    barrier.known.join(warp.clocks.known);
    barrier.released.join(warp.clocks.released);
    join(barrier.pending, warp.clocks.pending);
    warp.clocks.tick();
  }
  if (arrival.waits) {
    barrier.waiting |= bit;
    warp.wait_at_barrier();
  }
  complete_if_full(barrier);
}

// Without a count, a barrier waits for every warp that still lives.
void Block::complete_if_full(Barrier& barrier) {
  if (!barrier.arrived) return;
  uint32_t expected = 0;
  for (const auto& warp : warps_) expected |= uint32_t(!warp->finished()) << warp->index;
  bool full =
      barrier.threads ? uint32_t(std::popcount(barrier.arrived)) * LANES >= barrier.threads : (expected & ~barrier.arrived) == 0;
  if (!full) return;
  Barrier complete = std::move(barrier);
  barrier = Barrier();
  barrier.result_votes = complete.votes;
  barrier.result_voters = complete.voters;
  for (const auto& warp : warps_) {
    if (!(complete.waiting >> warp->index & 1)) continue;
    if (grid.switches.races) {
      warp->clocks.known.join(complete.known);
      warp->clocks.released.join(complete.released);
      join(warp->clocks.pending, complete.pending);
      warp->clocks.synchronise_lanes(ALL_LANES, warp->live());
    }
    warp->release_barrier();
  }
}

void Block::warp_finished() {
  for (Barrier& barrier : barriers_) complete_if_full(barrier);
}

}  // namespace vgpu
