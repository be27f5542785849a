// A launch: which blocks are in flight, and in which order they take their turns.
#include <algorithm>
#include <numeric>

#include "block.h"
#include "fault.h"

namespace vgpu {
namespace {

constexpr uint64_t SEEDED_RESIDENTS = 6;            // blocks that a seeded schedule interleaves
constexpr uint64_t SPIN_STEPS = uint64_t(1) << 20;  // without a block finishing: perhaps they wait for one not yet in flight
constexpr uint64_t DEVICE_THREADS = 132 * 2048;

class Scheduler {
 public:
  Scheduler(Grid& grid) : grid_(grid), blocks_(uint64_t(grid.launch.grid.x) * grid.launch.grid.y * grid.launch.grid.z) {
    device_limit_ = std::max<uint64_t>(1, DEVICE_THREADS / grid.threads());
    limit_ = grid.launch.cooperative ? blocks_ : grid.seeded() ? SEEDED_RESIDENTS : 1;
    if (grid.seeded()) {
      order_.resize(blocks_);
      std::iota(order_.begin(), order_.end(), uint64_t(0));
      for (uint64_t i = blocks_; i > 1; i--) std::swap(order_[i - 1], order_[grid.dice.below(uint32_t(i))]);
    }
  }

  void run() {
    uint64_t last_progress = 0;
    size_t turn = 0;
    for (admit(); !residents_.empty();) {
      turn = grid_.seeded() ? grid_.dice.below(uint32_t(residents_.size())) : (turn + 1) % residents_.size();
      if (!residents_[turn]->run()) {
        idle_.push_back(std::move(residents_[turn]));
        residents_.erase(residents_.begin() + turn);
        last_progress = grid_.steps;
      } else if (grid_.steps - last_progress > SPIN_STEPS && limit_ < device_limit_) {
        limit_++;
        last_progress = grid_.steps;
      }
      admit();
      if (grid_.steps > grid_.step_limit) out_of_steps();
    }
  }

 private:
  void admit() {
    while (residents_.size() < limit_ && started_ < blocks_) {
      std::unique_ptr<Block> block;
      if (idle_.empty()) {
        block = std::make_unique<Block>(grid_);
      } else {
        block = std::move(idle_.back());
        idle_.pop_back();
      }
      block->start(order_.empty() ? started_ : order_[started_]);
      started_++;
      residents_.push_back(std::move(block));
    }
  }

  [[noreturn]] void out_of_steps() const {
    throw LaunchFault{Fault::DEADLOCK, "kernel " + grid_.program.kernel + ": the launch took more than " +
                                           std::to_string(grid_.step_limit) + " warp instructions, " +
                                           std::to_string(residents_.size()) + " blocks are in flight" +
                                           residents_[0]->waiting()};
  }

  Grid& grid_;
  uint64_t blocks_, started_ = 0, limit_, device_limit_;
  std::vector<uint64_t> order_;
  std::vector<std::unique_ptr<Block>> residents_, idle_;
};

std::string refusal(const Launch& launch) {
  const Kernel& kernel = *launch.kernel;
  uint64_t threads = uint64_t(launch.block.x) * launch.block.y * launch.block.z;
  uint64_t blocks = uint64_t(launch.grid.x) * launch.grid.y * launch.grid.z;
  if (threads == 0 || blocks == 0) return "an empty grid or block";
  if (threads > kernel.max_threads) {
    return std::to_string(threads) + " threads a block where the kernel allows " + std::to_string(kernel.max_threads);
  }
  if (launch.cooperative && blocks * ((threads + 31) / 32 * 32) > DEVICE_THREADS) return "a cooperative grid that does not fit";
  return {};
}

}  // namespace

std::string hexadecimal(uint64_t value) {
  static const char digits[] = "0123456789abcdef";
  std::string text;
  do {
    text.insert(text.begin(), digits[value & 15]);
  } while (value >>= 4);
  return "0x" + text;
}

const char* fault_name(Fault fault) {
  static const char* names[] = {
      "none", "illegal address",      "misaligned address",         "illegal instruction", "trap", "deadlock",
      "race", "uninitialised memory", "shared memory out of range", "unsupported"};
  return names[int(fault)];
}

Outcome run(const Launch& launch) {
  if (std::string why = refusal(launch); !why.empty()) return {Fault::UNSUPPORTED, "kernel " + launch.kernel->name + ": " + why};
  KernelCounts& counts = counts_of(launch.kernel->program);
  counts.launches++;
  uint32_t threads = launch.block.x * launch.block.y * launch.block.z;
  counts.threads += uint64_t(launch.grid.x) * launch.grid.y * launch.grid.z * threads;
  counts.begin(threads, launch.dynamic_shared, switches().cache);
  Grid grid(launch, switches(), counts);
  try {
    Scheduler(grid).run();
    counts.end();
  } catch (const LaunchFault& fault) {
    return {fault.fault, std::string(fault_name(fault.fault)) + ": " + fault.message};
  }
  return {};
}

}  // namespace vgpu
