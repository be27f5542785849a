#include "warp.h"

#include <algorithm>
#include <bit>

#include "block.h"
#include "special_registers.h"

namespace vgpu {
namespace {

constexpr uint32_t PATIENCE = 4096;    // instructions of a divergent warp after which its groups take turns
constexpr uint32_t SCATTER_ODDS = 48;  // one instruction in so many tears the group apart
constexpr uint32_t LONGEST_TURBULENCE = 64;

}  // namespace

Warp::Warp(Block& owner, unsigned i) : block(owner), index(i) {
  const Program& program = block.grid.program;
  registers_.resize(program.register_bytes + 64);
  local.resize(size_t(program.local_bytes) * LANES);
  base_[Operand::REGISTER] = registers_.data();
  base_[Operand::CONSTANT] = const_cast<uint8_t*>(program.constants.data());
}

void Warp::reset(uint32_t lanes) {
  std::memset(registers_.data(), 0xA5, registers_.size());
  std::memset(local.data(), 0xA5, local.size());
  for (const auto& special : block.grid.program.specials) {
    uint32_t* values = reinterpret_cast<uint32_t*>(registers_.data() + special.offset);
    for (int lane = 0; lane < LANES; lane++) values[lane] = special_value(*this, special.what, lane);
  }
  groups_.assign(1, {0, lanes, Group::READY});
  current_ = 0;
  live_ = lanes;
  turbulence_ = patience_ = 0;
  copies.fill({});
  copy_groups.fill({});
  if (block.grid.switches.races) clocks.reset(uint32_t(block.linear), index);
}

bool Warp::ready() const {
  return std::any_of(groups_.begin(), groups_.end(), [](const Group& g) { return g.state == Group::READY; });
}

uint64_t Warp::run(uint64_t quantum) {
  uint64_t steps = 0;
  yielded_ = false;
  while (steps < quantum && !yielded_) {
    bool alone = groups_.size() == 1 && groups_[0].state == Group::READY;
    if (alone) {
      current_ = 0;
      if (block.grid.seeded() && block.grid.dice.below(SCATTER_ODDS) == 0) scatter();
    } else if (!select()) {
      break;
    }
    step();
    steps++;
  }
  return steps;
}

// Groups that stand at the same instruction become one, except while the schedule keeps them apart. Two that wait there for each
// other's lanes always do.
bool Warp::merge() {
  bool merged = false;
  for (size_t a = 0; a < groups_.size(); a++) {
    for (size_t b = a + 1; b < groups_.size();) {
      bool same = groups_[a].pc == groups_[b].pc && groups_[a].state != Group::BARRIER && groups_[b].state != Group::BARRIER;
      bool both_wait = groups_[a].state == Group::CONVERGING || groups_[b].state == Group::CONVERGING;
      if (same && (turbulence_ == 0 || both_wait)) {
        groups_[a].lanes |= groups_[b].lanes;
        groups_[a].state = Group::READY;
        groups_.erase(groups_.begin() + b);
        merged = true;
      } else {
        b++;
      }
    }
  }
  return merged;
}

bool Warp::select() {
  if (groups_.size() > 1 && merge()) current_ = groups_.size();
  if (turbulence_ > 0) turbulence_--;
  bool keep = current_ < groups_.size() && groups_[current_].state == Group::READY;
  if (turbulence_ > 0 && keep && block.grid.dice.below(4) != 0) return true;
  size_t candidates[LANES], n = 0, lowest = 0;
  for (size_t i = 0; i < groups_.size(); i++) {
    if (groups_[i].state != Group::READY) continue;
    if (n == 0 || groups_[i].pc < groups_[lowest].pc) lowest = i;
    candidates[n++] = i;
  }
  if (n == 0) return false;
  if (turbulence_ > 0) {
    current_ = candidates[block.grid.dice.below(uint32_t(n))];
  } else if (n > 1 && ++patience_ % PATIENCE < PATIENCE / 8) {
    current_ = candidates[patience_ / PATIENCE % n];  // a lane may spin for what another lane has yet to do
  } else {
    current_ = lowest;
  }
  return true;
}

void Warp::step() {
  Group& group = groups_[current_];
  const Instruction& instruction = block.grid.program.instructions[group.pc];
  pc_ = group.pc;
  uint32_t active = group.lanes;
  if (instruction.guard.wanted()) active &= predicate(instruction.guard);
  if (instruction.converges) {
    if (active != group.lanes) split(current_, group.lanes & ~active, pc_ + 1);
    if (active) converge(instruction, active);
    return;
  }
  block.grid.counts.executed[pc_] += uint32_t(std::popcount(instruction.decides ? group.lanes : active));
  group.pc++;
  if (!active) return;
  instruction.execute(*this, instruction, active);
}

// Runs the instruction for every team of members that is complete, and holds the rest back.
void Warp::converge(const Instruction& instruction, uint32_t arrived) {
  uint32_t pool = arrived;
  if (instruction.anywhere) {
    for (const Group& g : groups_) {
      const Instruction& other = block.grid.program.instructions[g.pc];
      if (g.state == Group::CONVERGING && other.execute == instruction.execute) pool |= g.lanes;
    }
  }
  uint32_t done = 0;
  for (uint32_t left = arrived; left;) {
    int lane = std::countr_zero(left);
    uint32_t members = instruction.members.wanted() ? at<uint32_t>(instruction.members)[lane] : ALL_LANES;
    if (!(members >> lane & 1)) fault(Fault::ILLEGAL_INSTRUCTION, "the member mask leaves out the lane itself", lane);
    uint32_t team = members & live_;
    if ((team & ~pool) == 0) {
      block.grid.counts.executed[pc_] += uint32_t(std::popcount(team & arrived));
      instruction.execute(*this, instruction, team);
      if (instruction.complete) return pass_barrier();
      done |= team & arrived;
      if (team & ~arrived) release_elsewhere(instruction, team & ~arrived);
    }
    left &= ~team;
  }
  Group& group = groups_[current_];
  if (done == group.lanes) {
    group.pc++;
  } else {
    group.state = Group::CONVERGING;
    if (done) split(current_, done, pc_ + 1);
  }
}

// A warp that need not wait at a block's barrier, or was the last to come, is past it already.
void Warp::pass_barrier() {
  Group& group = groups_[current_];
  if (group.state == Group::BARRIER || group.pc != pc_) return;
  group.state = Group::READY;
  group.pc++;
}

void Warp::release_elsewhere(const Instruction& instruction, uint32_t members) {
  for (size_t i = 0, n = groups_.size(); i < n; i++) {
    const Instruction& other = block.grid.program.instructions[groups_[i].pc];
    uint32_t lanes = groups_[i].lanes & members;
    if (i == current_ || groups_[i].state != Group::CONVERGING || other.execute != instruction.execute || !lanes) continue;
    block.grid.counts.executed[groups_[i].pc] += uint32_t(std::popcount(lanes));
    if (lanes == groups_[i].lanes) {
      groups_[i].pc++;
      groups_[i].state = Group::READY;
    } else {
      split(i, lanes, groups_[i].pc + 1);
    }
  }
}

void Warp::split(size_t group, uint32_t lanes, uint32_t pc) {
  groups_[group].lanes &= ~lanes;
  if (groups_[group].lanes == 0) {
    groups_[group] = {pc, lanes, Group::READY};
  } else {
    groups_.push_back({pc, lanes, Group::READY});
  }
}

// What independent thread scheduling allows at any time.
void Warp::scatter() {
  Dice& dice = block.grid.dice;
  uint32_t lanes = groups_[0].lanes, part = lanes;
  switch (dice.below(3)) {
    case 0: part &= dice.next(); break;
    case 1: part &= ALL_LANES << dice.below(LANES); break;
    default: part &= 1u << dice.below(LANES); break;
  }
  if (part == 0 || part == lanes) return;
  split(0, part, groups_[0].pc);
  turbulence_ = 2 + dice.below(LONGEST_TURBULENCE);
  current_ = dice.below(2);
}

void Warp::branch(uint32_t target, uint32_t taken) {
  Group& group = groups_[current_];
  if (taken == group.lanes) {
    group.pc = target;
  } else {
    split(current_, taken, target);
  }
}

void Warp::exit(uint32_t lanes) {
  live_ &= ~lanes;
  groups_[current_].lanes &= ~lanes;
  if (groups_[current_].lanes == 0) groups_.erase(groups_.begin() + current_);
  for (Group& g : groups_) {
    if (g.state == Group::CONVERGING) g.state = Group::READY;  // it may have waited for these lanes
  }
  if (live_ == 0) block.warp_finished();
}

void Warp::wait_at_barrier() { groups_[current_].state = Group::BARRIER; }

void Warp::release_barrier() {
  for (Group& g : groups_) {
    if (g.state != Group::BARRIER) continue;
    const Instruction& barrier = block.grid.program.instructions[g.pc];
    barrier.complete(*this, barrier, g.lanes);
    g.state = Group::READY;
    g.pc++;
  }
}

void Warp::fault(Fault fault, const std::string& what, int lane) const {
  const Program& program = block.grid.program;
  std::string message = "kernel " + program.kernel + ", block (" + std::to_string(block.index.x) + "," +
                        std::to_string(block.index.y) + "," + std::to_string(block.index.z) + "), warp " + std::to_string(index);
  if (lane >= 0) message += ", lane " + std::to_string(lane);
  message += ", line " + std::to_string(program.instructions[pc_].line) + " '" + program.text[pc_] + "': " + what;
  throw LaunchFault{fault, message};
}

std::string Warp::waiting() const {
  std::string list;
  for (const Group& g : groups_) {
    const Program& program = block.grid.program;
    list += "; warp " + std::to_string(index) + " lanes " + hexadecimal(g.lanes) + " at line " +
            std::to_string(program.instructions[g.pc].line) + " '" + program.text[g.pc] + "'";
  }
  return list;
}

}  // namespace vgpu
