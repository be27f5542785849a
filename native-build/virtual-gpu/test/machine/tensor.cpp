#include <bit>
#include <cmath>

#include "harness.h"

namespace vgpu::test {
namespace {

uint16_t brain(float x) { return uint16_t(std::bit_cast<uint32_t>(x) >> 16); }  // of numbers that bf16 holds
float small(int i) { return float(i * 7 % 23 - 11) * 0.25f; }

FACT(pipelinedGemmEqualsTheTripleLoop) {
  constexpr int M = 128, N = 64, K = 96;
  std::vector<uint16_t> a(M * K), b(K * N);
  for (int i = 0; i < M * K; i++) a[i] = brain(small(i));
  for (int i = 0; i < K * N; i++) b[i] = brain(small(3 * i + 1));
  for (uint64_t seed = 0; seed < 3; seed++) {
    With with(schedule(seed));
    Array<uint16_t> da(a), db(b);
    Array<float> c(M * N);
    CHECK(ends_well(launch(module("tensor"), "gemm", {{N / 64, M / 64}, {128}}, c.data(), da.data(), db.data(), M, N, K)));
    for (int m = 0; m < M; m++) {
      for (int n = 0; n < N; n++) {
        double exact = 0;
        for (int k = 0; k < K; k++) exact += double(small(m * K + k)) * small(3 * (k * N + n) + 1);
        CHECK(c[m * N + n] == float(exact));  // sums of few small multiples of 1/16 are exact
      }
    }
  }
}

// The fragment layouts of the PTX manual, written out once more: element (row, column) of A and B to lane, word and half.
struct Layout {
  int k, per_word;
  std::pair<int, int> a(int row, int column) const {
    int group = column / (4 * per_word);
    return {row % 8 * 4 + column % (4 * per_word) / per_word, row / 8 + 2 * group};
  }
  std::pair<int, int> b(int row, int column) const {
    return {column * 4 + row % (4 * per_word) / per_word, row / (4 * per_word)};
  }
};

uint32_t half_bits(float x) {  // of small multiples of 1/4
  if (x == 0) return 0;
  int exponent;
  float mantissa = std::frexp(std::fabs(x), &exponent);
  return (x < 0 ? 0x8000u : 0u) | uint32_t(exponent + 14) << 10 | (uint32_t(mantissa * 2048) & 1023);
}

void check_product(const char* kernel, Layout layout, uint32_t (*bits)(float), unsigned width) {
  std::vector<uint32_t> words(32 * 6, 0);
  auto put = [&](std::pair<int, int> at, int first, int part, float x) {
    words[at.first * 6 + first + at.second] |= bits(x) << (width * part % 32);
  };
  for (int r = 0; r < 16; r++) {
    for (int k = 0; k < layout.k; k++) put(layout.a(r, k), 0, k % layout.per_word, small(r * 16 + k));
  }
  for (int k = 0; k < layout.k; k++) {
    for (int n = 0; n < 8; n++) put(layout.b(k, n), 4, k % layout.per_word, small(5 * k + n));
  }
  Array<uint32_t> fragments(words);
  Array<float> d(128);
  CHECK(ends_well(launch(module("tensor"), kernel, {{1}, {32}}, d.data(), fragments.data())));
  const float start[4] = {0.5f, 0.25f, -1.0f, 2.0f};
  for (int lane = 0; lane < 32; lane++) {
    for (int e = 0; e < 4; e++) {
      int row = lane / 4 + e / 2 * 8, column = lane % 4 * 2 + e % 2;
      float exact = start[e];
      for (int k = 0; k < layout.k; k++) exact += small(row * 16 + k) * small(5 * k + column);
      CHECK(d[lane * 4 + e] == exact);
    }
  }
}

FACT(everyMmaShapeFollowsItsFragmentLayout) {
  auto word = [](float x) { return std::bit_cast<uint32_t>(x); };
  auto upper = [](float x) { return uint32_t(brain(x)); };
  check_product("product_f16", {16, 2}, half_bits, 16);
  check_product("product_bf16_k8", {8, 2}, upper, 16);
  check_product("product_tf32", {8, 1}, word, 32);
  check_product("product_tf32_k4", {4, 1}, word, 32);
}

FACT(aMissingWaitShowsAsNotANumberAndAsARace) {
  std::vector<uint16_t> ones(64 * 64, brain(1));
  std::string ptx = ptx_text("tensor");
  for (size_t at; (at = ptx.find("cp.async.wait_group")) != std::string::npos;) ptx.replace(at, 22, "// nothing waits here  ");
  std::string error;
  auto mutant = Module::parse(ptx, &error);
  CHECK(mutant != nullptr);
  Array<uint16_t> a(ones), b(ones);
  Array<float> c(64 * 64);
  CHECK(ends_well(launch(*mutant, "gemm", {{1}, {128}}, c.data(), a.data(), b.data(), 64, 64, 64)));
  CHECK(std::isnan(c[0]));
  With with(schedule(0));
  CHECK(ends_in(launch(*mutant, "gemm", {{1}, {128}}, c.data(), a.data(), b.data(), 64, 64, 64), Fault::RACE,
                "cp.async not waited for"));
}

}  // namespace
}  // namespace vgpu::test
