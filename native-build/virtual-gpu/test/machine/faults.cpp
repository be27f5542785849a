#include <algorithm>
#include <cmath>

#include "harness.h"

namespace vgpu::test {
namespace {

const Module& wrong() { return module("faults"); }

FACT(accessesOutsideAnAllocationAreIllegal) {
  Array<float> in(std::vector<float>(64)), out(64);
  CHECK(ends_well(launch(wrong(), "copy", {{1}, {64}}, out.data(), in.data(), 0)));
  Outcome past = launch(wrong(), "copy", {{1}, {64}}, out.data(), in.data(), 1);
  CHECK(ends_in(past, Fault::ILLEGAL_ADDRESS, "kernel copy, block (0,0,0), warp 1, lane 31, line "));
  CHECK(ends_in(launch(wrong(), "copy", {{1}, {64}}, out.data(), in.data(), -1), Fault::ILLEGAL_ADDRESS, "lane 0"));
  CHECK(ends_in(launch(wrong(), "copy", {{1}, {64}}, out.data(), (float*)nullptr, 0), Fault::ILLEGAL_ADDRESS, "0x0"));
  float* gone = Array<float>(64).data();
  CHECK(ends_in(launch(wrong(), "copy", {{1}, {64}}, out.data(), gone, 0), Fault::ILLEGAL_ADDRESS));
}

FACT(vectorsWantTheirAlignment) {
  Array<float> in(std::vector<float>(65)), out(64);
  CHECK(ends_well(launch(wrong(), "copy4", {{1}, {16}}, out.data(), in.data())));
  CHECK(ends_in(launch(wrong(), "copy4", {{1}, {16}}, out.data(), in.data() + 1), Fault::MISALIGNED, "no multiple of 16"));
}

FACT(sharedMemoryHasTheSizeOfTheLaunch) {
  Array<int> out(64);
  CHECK(ends_well(launch(wrong(), "shared_index", {{1}, {64}, 256}, out.data(), 0)));
  CHECK(out[63] == 63);
  CHECK(ends_in(launch(wrong(), "shared_index", {{1}, {64}, 255}, out.data(), 0), Fault::SHARED_OUT_OF_RANGE, "lane 31"));
  CHECK(ends_in(launch(wrong(), "shared_index", {{1}, {64}, 256}, out.data(), -1), Fault::SHARED_OUT_OF_RANGE));
}

FACT(readsOfUnwrittenMemoryAreFound) {
  With with(schedule(0, false, true));
  Array<int> out(64);
  CHECK(ends_well(launch(wrong(), "half_written", {{1}, {64}}, out.data(), 64)));
  CHECK(ends_in(launch(wrong(), "half_written", {{1}, {64}}, out.data(), 40), Fault::UNINITIALISED, "shared address"));
  Array<float> fresh(64), target(64);
  CHECK(ends_in(launch(wrong(), "copy", {{1}, {64}}, target.data(), fresh.data(), 0), Fault::UNINITIALISED, "global address"));
  Memory::device().written(reinterpret_cast<uint64_t>(fresh.data()), 256);
  CHECK(ends_well(launch(wrong(), "copy", {{1}, {64}}, target.data(), fresh.data(), 0)));
  CHECK(ends_well(launch(wrong(), "copy", {{1}, {64}}, fresh.data(), target.data(), 0)));  // a kernel has written it
}

FACT(unwrittenSharedMemoryLooksTheSameEachTime) {
  Array<int> out(64);
  CHECK(ends_well(launch(wrong(), "half_written", {{1}, {64}}, out.data(), 40)));
  CHECK(unsigned(out[0]) == 0xA5A5A5A5u && out[63] == 0);
  CHECK(unsigned(Array<int>(1)[0]) == 0xCDCDCDCDu);
}

FACT(barriersThatOnlySomeLanesReachDeadlock) {
  Array<int> out(64);
  CHECK(ends_in(launch(wrong(), "lonely_shuffle", {{1}, {32}}, out.data()), Fault::DEADLOCK, "shfl.sync"));
  CHECK(ends_in(launch(wrong(), "outside_the_mask", {{1}, {32}}, out.data()), Fault::ILLEGAL_INSTRUCTION, "member mask"));
}

FACT(blocksMustNotShareACellUnordered) {
  Array<int> out(1), data(std::vector<int>(64));
  CHECK(ends_well(launch(wrong(), "same_cell", {{2}, {1}}, out.data())));
  With with(schedule(0));
  CHECK(ends_in(launch(wrong(), "same_cell", {{2}, {1}}, out.data()), Fault::RACE, "global address"));
  CHECK(ends_in(launch(wrong(), "written_through_nc", {{1}, {32}}, data.data()), Fault::RACE, ".nc"));
}

FACT(anEndlessLoopEndsAtTheStepLimit) {
  With with([] {
    Switches s;
    s.step_limit = 20000;
    return s;
  }());
  Array<int> flag(std::vector<int>{0});
  CHECK(ends_in(launch(wrong(), "endless", {{2}, {32}}, flag.data()), Fault::DEADLOCK, "more than 20000"));
}

FACT(launchesThatCannotBeAreRefused) {
  Array<int> out(1);
  CHECK(ends_in(launch(wrong(), "same_cell", {{0}, {1}}, out.data()), Fault::UNSUPPORTED, "empty"));
  CHECK(ends_in(launch(wrong(), "same_cell", {{1}, {1025}}, out.data()), Fault::UNSUPPORTED, "1024"));
  CHECK(ends_well(launch(wrong(), "prints", {{1}, {32}}, 0)));
  CHECK(ends_in(launch(wrong(), "prints", {{1}, {32}}, 1), Fault::UNSUPPORTED, "inline"));
}

FACT(approximateFunctionsErrWithinTheirBound) {
  std::vector<float> x(256);
  for (int i = 0; i < 256; i++) x[i] = float(i - 128) * 0.31f;
  Array<float> in(x), exact(256), rough(256), again(256);
  CHECK(ends_well(launch(wrong(), "sigmoid", {{1}, {256}}, exact.data(), in.data())));
  With with([] {
    Switches s;
    s.approximate = true;
    return s;
  }());
  CHECK(ends_well(launch(wrong(), "sigmoid", {{1}, {256}}, rough.data(), in.data())));
  CHECK(ends_well(launch(wrong(), "sigmoid", {{1}, {256}}, again.data(), in.data())));
  double worst = 0;
  for (int i = 0; i < 256; i++) {
    worst = std::max(worst, std::fabs(double(rough[i]) / exact[i] - 1));
    CHECK(rough[i] == again[i]);
  }
  CHECK(worst > 0x1p-24f && worst < 0x1.4p-22);
}

FACT(statisticsNameWhatNobodyExecuted) {
  reset_statistics();
  Array<int> out(64);
  CHECK(ends_well(launch(wrong(), "half_written", {{1}, {64}}, out.data(), 0)));
  std::string json = statistics_json();
  CHECK(json.find("\"name\":\"half_written\",\"launches\":1,\"threads\":64") != std::string::npos);
  CHECK(json.find("\"missed\":[]") == std::string::npos);
  reset_statistics();
  CHECK(ends_well(launch(wrong(), "half_written", {{1}, {64}}, out.data(), 40)));  // both sides of the branch
  CHECK(statistics_json().find("\"missed\":[]") != std::string::npos);
}

FACT(theHeapCountsAndRefuses) {
  Memory& memory = Memory::device();
  size_t bytes = memory.live_bytes(), allocations = memory.live_allocations(), capacity = memory.capacity();
  uint64_t a = memory.allocate(1000);
  CHECK(a % 256 == 0 && memory.live_bytes() == bytes + 1000 && memory.live_allocations() == allocations + 1);
  CHECK(memory.contains(a, 1000) && !memory.contains(a, 1001) && !memory.contains(a + 1000, 1));
  memory.set_capacity(bytes + 1500);
  CHECK(memory.allocate(501) == 0 && memory.allocate(0) == 0);
  CHECK(!memory.free(a + 1) && memory.free(a) && !memory.free(a) && memory.live_bytes() == bytes);
  memory.set_capacity(capacity);
}

}  // namespace
}  // namespace vgpu::test
