// The schedule's dice: xorshift*, seeded by the switch, so that a schedule can be run again.
#pragma once

#include <cstdint>

namespace vgpu {

class Dice {
 public:
  explicit Dice(uint64_t seed = 0) : state_(seed * 0x9E3779B97F4A7C15u + 0xD1B54A32D192ED03u) {
    if (state_ == 0) state_ = 1;
    for (int i = 0; i < 4; i++) next();
  }
  uint32_t next() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return uint32_t((state_ * 0x2545F4914F6CDD1Du) >> 32);
  }
  uint32_t below(uint32_t bound) { return uint32_t((uint64_t(next()) * bound) >> 32); }

 private:
  uint64_t state_;
};

}  // namespace vgpu
