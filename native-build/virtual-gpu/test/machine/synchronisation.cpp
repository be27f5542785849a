#include <numeric>

#include "harness.h"

namespace vgpu::test {
namespace {

const Module& right() { return module("synchronisation"); }

// The module with the n-th occurrence of an instruction inside one kernel taken out.
std::unique_ptr<Module> without(const std::string& instruction, const std::string& kernel, int n = 0) {
  std::string ptx = ptx_text("synchronisation"), error;
  size_t at = ptx.find(".entry " + kernel + "(");
  for (int k = 0; k <= n && at != std::string::npos; k++) at = ptx.find(instruction, at + 1);
  if (at == std::string::npos) {
    std::printf("%s has no %s\n", kernel.c_str(), instruction.c_str());
    failures++;
    return nullptr;
  }
  ptx.insert(at, "//");
  return Module::parse(ptx, &error);
}

std::vector<int> count_up(int n) {
  std::vector<int> values(n);
  std::iota(values.begin(), values.end(), 0);
  return values;
}

FACT(rightProgramsPassEveryCheckUnderEverySchedule) {
  for (uint64_t seed = 0; seed < 6; seed++) {
    With with(schedule(seed, true, true));
    Array<int> in(count_up(256)), out(256);
    CHECK(ends_well(launch(right(), "neighbours", {{1}, {256}}, out.data(), in.data())));
    for (int i = 0; i < 256; i++) CHECK(out[i] == (i ^ 1));
    CHECK(ends_well(launch(right(), "reversal", {{1}, {256}}, out.data(), in.data())));
    for (int i = 0; i < 256; i++) CHECK(out[i] == i + 1);
    Array<uint8_t> bytes(256);
    CHECK(ends_well(launch(right(), "narrow_stores", {{1}, {256}}, bytes.data())));
    for (int i = 0; i < 256; i++) CHECK(bytes[i] == uint8_t((i + 33) % 256 * 3));
  }
}

FACT(namedBarriersCarryData) {
  for (uint64_t seed = 0; seed < 6; seed++) {
    With with(schedule(seed, true, true));
    Array<int> out(128);
    CHECK(ends_well(launch(right(), "producer", {{1}, {128}}, out.data(), 5)));
    for (int i = 32; i < 128; i++) CHECK(out[i] == 32 * 10 + 5 * (i % 32));
  }
}

FACT(theLastBlockSeesAllOthers) {
  for (uint64_t seed = 0; seed < 6; seed++) {
    With with(schedule(seed, true, true));
    constexpr int BLOCKS = 40;
    Array<float> in(std::vector<float>(32 * BLOCKS, 1.0f)), out(1), partial(BLOCKS);
    Array<unsigned> counter(std::vector<unsigned>{0});
    CHECK(ends_well(launch(right(), "last_block", {{BLOCKS}, {32}}, out.data(), partial.data(), counter.data(), in.data())));
    CHECK(out[0] == 32 * BLOCKS && counter[0] == 0);
  }
}

FACT(gridBarriersHoldWithAndWithoutCooperation) {
  for (uint64_t seed = 0; seed < 4; seed++) {
    for (bool cooperative : {true, false}) {
      With with(schedule(seed, true, true));
      constexpr int BLOCKS = 5, ROUNDS = 7;
      Array<int> values(count_up(64 * BLOCKS));
      Array<unsigned> arrived(std::vector<unsigned>{0});
      CHECK(ends_well(launch(right(), "ring", {{BLOCKS}, {64}, 0, cooperative}, values.data(), arrived.data(), ROUNDS)));
      for (int b = 0; b < BLOCKS; b++) CHECK(values[b * 64 + 3] == (b + ROUNDS) % BLOCKS * 64 + 3 + ROUNDS);
    }
  }
}

FACT(lanesOfOneWarpMayContendForALock) {
  for (uint64_t seed = 0; seed < 3; seed++) {
    With with(schedule(seed));
    Array<int> total(std::vector<int>{0}), mutex(std::vector<int>{0});
    CHECK(ends_well(launch(right(), "lock", {{3}, {64}}, total.data(), mutex.data())));
    CHECK(total[0] == 192);
  }
}

FACT(warpFunctionsFollowTheManual) {
  for (uint64_t seed = 0; seed < 4; seed++) {
    With with(schedule(seed));
    Array<int> out(32 * 11);
    CHECK(ends_well(launch(right(), "warp_functions", {{1}, {32}}, out.data())));
    for (int lane = 0; lane < 32; lane++) {
      const int* o = &out[lane * 11];
      CHECK(unsigned(o[0]) == 0xAAAAAAAAu && o[1] == 1 && o[2] == 0 && unsigned(o[3]) == 0xFFu << lane / 8 * 8 && o[4] == 0);
      CHECK(o[5] == 496 && o[6] == 53 && o[7] == (lane % 8 >= 3 ? lane - 3 : lane) && o[8] == (lane % 16 < 11 ? lane + 5 : lane));
      CHECK(o[9] == lane / 4 * 4 + 1 && o[10] == (lane < 16 ? 120 : 376));
    }
  }
}

FACT(barrierReductionsCountTheBlock) {
  for (uint64_t seed = 0; seed < 3; seed++) {
    With with(schedule(seed));
    Array<int> out(96);
    CHECK(ends_well(launch(right(), "counts", {{1}, {96}}, out.data())));
    for (int i = 0; i < 96; i++) CHECK(out[i] == 32 * 4 + 2 + 1);
  }
}

FACT(everyMissingBarrierIsFound) {
  With with(schedule(0));
  Array<int> in(count_up(256)), out(256);
  for (int n = 0; n < 3; n++) {
    auto mutant = without("bar.sync", "reversal", n);
    CHECK(ends_in(launch(*mutant, "reversal", {{1}, {256}}, out.data(), in.data()), Fault::RACE, "shared address"));
  }
  auto mutant = without("bar.warp.sync", "neighbours");
  CHECK(ends_in(launch(*mutant, "neighbours", {{1}, {256}}, out.data(), in.data()), Fault::RACE, "shared address"));
  Array<uint8_t> bytes(256);
  mutant = without("bar.sync", "narrow_stores");
  CHECK(ends_in(launch(*mutant, "narrow_stores", {{1}, {256}}, bytes.data()), Fault::RACE));
}

FACT(aScheduleAloneShowsAMissingWarpBarrier) {
  auto mutant = without("bar.warp.sync", "neighbours");
  int wrong = 0;
  for (uint64_t seed = 1; seed < 20; seed++) {
    With with(schedule(seed, false));
    Array<int> in(count_up(256)), out(256);
    CHECK(ends_well(launch(*mutant, "neighbours", {{1}, {256}}, out.data(), in.data())));
    for (int i = 0; i < 256; i++) wrong += out[i] != (i ^ 1);
  }
  CHECK(wrong > 0);
}

FACT(everyMissingFenceIsFound) {
  With with(schedule(0));
  constexpr int BLOCKS = 6;
  Array<float> in(std::vector<float>(32 * BLOCKS, 1.0f)), out(1), partial(BLOCKS);
  for (int n = 0; n < 2; n++) {
    Array<unsigned> counter(std::vector<unsigned>{0});
    auto mutant = without("membar.gl", "last_block", n);
    CHECK(ends_in(launch(*mutant, "last_block", {{BLOCKS}, {32}}, out.data(), partial.data(), counter.data(), in.data()),
                  Fault::RACE, "global address"));
  }
  for (int n = 0; n < 4; n++) {
    Array<int> values(count_up(64 * BLOCKS));
    Array<unsigned> arrived(std::vector<unsigned>{0});
    auto mutant = without("membar.gl", "ring", n);
    CHECK(ends_in(launch(*mutant, "ring", {{BLOCKS}, {64}, 0, true}, values.data(), arrived.data(), 3), Fault::RACE,
                  "global address"));
  }
}

FACT(anAbsentPartnerIsADeadlock) {
  Array<int> out(128);
  auto mutant = without("bar.arrive", "producer");
  CHECK(ends_in(launch(*mutant, "producer", {{1}, {128}}, out.data(), 5), Fault::DEADLOCK, "bar.sync"));
  With with([] {
    Switches s;
    s.step_limit = 100000;
    return s;
  }());
  Array<int> values(count_up(128));
  Array<unsigned> arrived(std::vector<unsigned>{7});  // the count never comes out
  CHECK(ends_in(launch(right(), "ring", {{2}, {64}}, values.data(), arrived.data(), 1), Fault::DEADLOCK, "warp instructions"));
}

}  // namespace
}  // namespace vgpu::test
