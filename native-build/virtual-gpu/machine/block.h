// A block in flight: its warps, its shared memory, its barriers; and the grid that it belongs to.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "machine.h"
#include "races.h"
#include "random.h"
#include "statistics.h"
#include "warp.h"

namespace vgpu {

// What all blocks of a launch share.
struct Grid {
  const Launch& launch;
  const Program& program;
  const Switches switches;
  Dice dice;
  KernelCounts& counts;
  GlobalRaces races;
  uint64_t steps = 0;
  uint64_t step_limit;
  std::vector<Memory::Region*> last_region;  // by instruction: where its last access fell

  Grid(const Launch& launch, const Switches& switches, KernelCounts& counts);
  bool seeded() const { return switches.schedule != 0; }
  uint64_t clock() const { return steps; }
  unsigned threads() const { return launch.block.x * launch.block.y * launch.block.z; }
};

class Block {
 public:
  explicit Block(Grid& grid);
  void start(uint64_t linear_index);

  // Lets one warp run for a while. False when every warp has finished; throws a deadlock where none can go on.
  bool run();

  struct Arrival {
    uint32_t id;
    uint32_t threads;  // 0: all that live
    bool waits;        // false: bar.arrive
    uint32_t votes;    // lanes whose predicate holds (barrier.red)
    uint32_t voters;
  };
  void arrive(Warp& warp, const Arrival& arrival);
  void warp_finished();
  uint32_t barrier_votes(uint32_t id) const { return barriers_[id].result_votes; }
  uint32_t barrier_voters(uint32_t id) const { return barriers_[id].result_voters; }

  Grid& grid;
  Dim index;
  uint64_t linear = 0;
  std::vector<uint8_t> shared;
  std::vector<uint64_t> shared_written;  // a bit a byte, with the initialisation check on
  SharedRaces shared_races;
  std::string waiting() const;  // for a deadlock's report
  size_t warp_count() const { return warps_.size(); }

 private:
  struct Barrier {
    uint32_t arrived = 0, waiting = 0;  // warps, a bit each
    uint32_t threads = 0;
    uint32_t votes = 0, voters = 0;
    uint32_t result_votes = 0, result_voters = 0;  // of the last completion
    Knowledge known, released;                     // of those that arrived
    Pending pending;
  };
  void complete_if_full(Barrier& barrier);
  Warp* choose();
  [[noreturn]] void deadlock();

  std::vector<std::unique_ptr<Warp>> warps_;
  std::array<Barrier, 16> barriers_;
  size_t next_ = 0;
};

}  // namespace vgpu
