#include <cmath>

#include "harness.h"
#include "normal.h"

namespace vgpu::test {
namespace {

std::vector<float> ramp(size_t n, float scale) {
  std::vector<float> values(n);
  for (size_t i = 0; i < n; i++) values[i] = scale * (float(i % 977) - 300.0f);
  return values;
}

FACT(additionIsExactAndCoversEveryLane) {
  for (int64_t n : {1, 31, 1021, 4096}) {
    Array<float> a(ramp(n, 0.37f)), b(ramp(n, 1.11f)), c(n);
    CHECK(ends_well(launch(module("basics"), "add", {{unsigned((n + 255) / 256)}, {256}}, c.data(), a.data(), b.data(), n)));
    for (int64_t i = 0; i < n; i++) CHECK(c[i] == a[i] + b[i]);
  }
}

FACT(vectorAccessesMoveFourAtOnce) {
  int64_t n = 512;
  reset_statistics();
  Array<float> a(ramp(4 * n, 0.37f)), b(ramp(4 * n, 1.11f)), c(4 * n);
  CHECK(ends_well(launch(module("basics"), "add4", {{2}, {256}}, c.data(), a.data(), b.data(), n)));
  for (int64_t i = 0; i < 4 * n; i++) CHECK(c[i] == a[i] + b[i]);
  std::string json = statistics_json();
  for (const char* count : {"\"bytes_loaded\":16384,", "\"bytes_stored\":8192,", "\"sectors_loaded\":512,", "\"sectors_stored\":256,",
                            "\"vector_loads\":32,", "\"vector_stores\":16,"}) {
    CHECK(json.find(count) != std::string::npos);
  }
}

FACT(blockReductionAgreesUnderEverySchedule) {
  int n = 10000;
  std::vector<float> values(n);
  for (int i = 0; i < n; i++) values[i] = float(i % 64) - 20;  // sums stay exact
  double exact = 0;
  for (float v : values) exact += v;
  for (uint64_t seed = 0; seed < 4; seed++) {
    With with(schedule(seed));
    Array<float> in(values), out(std::vector<float>{0});
    CHECK(ends_well(launch(module("basics"), "sum", {{5}, {256}}, out.data(), in.data(), n)));
    CHECK(out[0] == float(exact));
  }
}

FACT(normalsAreTheHostsBitForBit) {
  int n = 3000;
  Array<float> out(4 * n);
  CHECK(ends_well(launch(module("basics"), "normals", {{unsigned(n + 127) / 128}, {128}}, out.data(), 42u, n)));
  for (int i = 0; i < n; i++) {
    sild::Normals z = sild::normals(sild::draw({42u, 7}, uint32_t(i), 3, 5));
    CHECK(std::memcmp(&z, &out[4 * i], sizeof(z)) == 0);
  }
}

FACT(divergentLoopsReconverge) {
  for (uint64_t seed : {0, 9}) {
    With with(schedule(seed));
    int n = 500;
    Array<int> steps(n);
    CHECK(ends_well(launch(module("basics"), "collatz", {{4}, {128}}, steps.data(), n)));
    for (int i = 0; i < n; i++) {
      int count = 0;
      for (unsigned x = i + 1; x != 1; count++) x = x % 2 ? 3 * x + 1 : x / 2;
      CHECK(steps[i] == count);
    }
  }
}

FACT(moduleVariablesKeepTheirValues) {
  static const float weights[8] = {0.5f, -1.25f, 3.0f, 0.0f, 1e-3f, 2.0f, -7.0f, 0.125f};
  Array<float> out(32);
  Array<unsigned> tickets(32);
  uint64_t address;
  size_t bytes;
  CHECK(module("basics").global("counter", &address, &bytes) && bytes == 4);
  *reinterpret_cast<unsigned*>(address) = 5;
  CHECK(ends_well(launch(module("basics"), "variables", {{1}, {32}}, out.data(), tickets.data())));
  for (int i = 0; i < 32; i++) CHECK(out[i] == weights[i % 8] && tickets[i] == 5u + 2 * i);
  CHECK(*reinterpret_cast<unsigned*>(address) == 69);
}

FACT(localArraysBelongToTheirThread) {
  Array<int> out(64), order(std::vector<int>{3, 1, 4, 15, 9, 2, 6});
  CHECK(ends_well(launch(module("basics"), "local_array", {{1}, {64}}, out.data(), order.data(), 7)));
  for (int i = 0; i < 64; i++) CHECK(out[i] == (i % 7) * 10 + i);
}

FACT(switchesTakeEveryBranch) {
  std::vector<int> cases(64);
  for (int i = 0; i < 64; i++) cases[i] = i * 5 % 7;
  Array<int> out(64), in(cases);
  CHECK(ends_well(launch(module("basics"), "choose", {{1}, {64}}, out.data(), in.data(), 64)));
  for (int i = 0; i < 64; i++) {
    const int expected[7] = {7, cases[i] * 3 + i, i * i, -i, i ^ 21, i << 3, -1};
    CHECK(out[i] == expected[cases[i]]);
  }
}

}  // namespace
}  // namespace vgpu::test
