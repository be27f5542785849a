// TDPBF16PS against a scalar reference, and the emulator's arithmetic directly: on hardware, that compares the two.
#include <immintrin.h>

#include <bit>
#include <cfloat>
#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "check.h"

namespace {

constexpr unsigned SEED = 20240611;
using Words = std::vector<uint32_t>;

float value(uint32_t bits) { return std::bit_cast<float>(bits); }
uint32_t bits(float value) { return std::bit_cast<uint32_t>(value); }
bool is_nan(uint32_t bits) { return std::isnan(value(bits)); }
bool same(uint32_t x, uint32_t y) { return x == y || (is_nan(x) && is_nan(y)); }  // which NaN is nowhere specified

float flushed(float x) { return std::fabs(x) < FLT_MIN ? std::copysign(0.0f, x) : x; }
float fma_flushed(float a, float b, float c) { return flushed(std::fma(flushed(a), flushed(b), flushed(c))); }
float sum_flushed(float a, float b) { return flushed(flushed(a) + flushed(b)); }
float half(uint32_t pair, int which) { return value(which ? pair & 0xFFFF0000 : pair << 16); }

// c: (m, n), a: (m, k), b: (k, n), of 32 bits, rows one after the other.
struct Case {
  unsigned m, n, k;
  Words c, a, b;
};

uint32_t reference(const Case& x, unsigned row, unsigned column) {
  float sums[2] = {};
  for (unsigned k = 0; k < x.k; k++) {
    for (int h : {0, 1}) sums[h] = fma_flushed(half(x.a[row * x.k + k], h), half(x.b[k * x.n + column], h), sums[h]);
  }
  return bits(sum_flushed(value(x.c[row * x.n + column]), sum_flushed(sums[0], sums[1])));
}

Words by_instruction(const Case& x) {
  vamx::Config config = config_of({{x.m, x.n * 4}, {x.m, x.k * 4}, {x.k, x.n * 4}});
  Words c = x.c;
  written();
  _tile_loadconfig(&config);
  _tile_loadd(0, c.data(), x.n * 4);
  _tile_loadd(1, x.a.data(), x.k * 4);
  _tile_stream_loadd(2, x.b.data(), x.n * 4);
  _tile_dpbf16ps(0, 1, 2);
  _tile_stored(0, c.data(), x.n * 4);
  _tile_release();
  return c;
}

void copy(vamx::Tile& tile, const Words& words, unsigned columns) {
  for (size_t i = 0; i < words.size(); i++) tile[i / columns][i % columns] = words[i];
}

Words by_function(const Case& x) {
  vamx::Tile c = {}, a = {}, b = {};
  copy(c, x.c, x.n);
  copy(a, x.a, x.k);
  copy(b, x.b, x.n);
  vamx::product(c, a, b, {x.m, x.n, x.k});
  Words result;
  for (unsigned i = 0; i < 256; i++) {
    bool inside = i / 16 < x.m && i % 16 < x.n;
    if (inside) result.push_back(c[i / 16][i % 16]);
    CHECK(inside || c[i / 16][i % 16] == 0);
  }
  return result;
}

void check(const Case& x) {
  Words instruction = by_instruction(x), function = by_function(x);
  for (unsigned i = 0; i < x.m * x.n; i++) {
    CHECK(same(instruction[i], reference(x, i / x.n, i % x.n)));
    CHECK(same(instruction[i], function[i]));
  }
}

Case one(uint32_t c, uint32_t a0, uint32_t a1, uint32_t b0, uint32_t b1) {
  return {1, 1, 1, {c}, {a0 | a1 << 16}, {b0 | b1 << 16}};
}

void halves_and_order_are_those_of_the_manual() {
  constexpr uint32_t ONE = 0x3F80, TWO = 0x4000, THREE = 0x4040, BIG = 0x4B80;  // 2²⁴
  CHECK(by_instruction(one(0, ONE, 0, TWO, THREE))[0] == bits(2));
  CHECK(by_instruction(one(0, 0, ONE, TWO, THREE))[0] == bits(3));
  // 2²⁴ + 1 rounds before −2²⁴ is added.
  CHECK(by_instruction(one(bits(-0x1p24f), BIG, ONE, ONE, ONE))[0] == 0);
  // Low and high halves have sums of their own: (2²⁴ + 1) + (1 + 1), not 2²⁴ + 1 + 1 + 1.
  Case two = {1, 1, 2, {0}, {BIG | ONE << 16, ONE | ONE << 16}, {ONE | ONE << 16, ONE | ONE << 16}};
  CHECK(by_instruction(two)[0] == bits(0x1p24f + 2));
}

void special_values_are_those_of_the_manual() {
  constexpr uint32_t ONE = 0x3F80, INF = 0x7F80, NEGATIVE_INF = 0xFF80, NAN_ = 0x7FC0, DENORMAL = 0x0040, SMALLEST = 0x0080;
  CHECK(by_instruction(one(0, INF, 0, ONE, 0))[0] == bits(INFINITY));
  CHECK(is_nan(by_instruction(one(0, INF, NEGATIVE_INF, ONE, ONE))[0]));
  CHECK(is_nan(by_instruction(one(0, INF, 0, 0, 0))[0]));
  CHECK(is_nan(by_instruction(one(0, INF, 0, DENORMAL, 0))[0]));  // it is a zero
  CHECK(is_nan(by_instruction(one(0, NAN_, 0, ONE, 0))[0]));
  CHECK(by_instruction(one(0, DENORMAL, 0, 0x7F00, 0))[0] == 0);  // read as zero
  CHECK(by_instruction(one(0, SMALLEST, 0, 0x3F00, 0))[0] == 0);  // made, and flushed
  CHECK(by_instruction(one(0x00400000, 0, 0, 0, 0))[0] == 0);     // in the accumulator, too
  CHECK(by_instruction(one(bits(1.5f * FLT_MIN), 0x8000 | SMALLEST, 0, ONE, 0))[0] == 0);
  CHECK(by_instruction(one(0, 0x7F00, 0, 0x4080, 0))[0] == bits(INFINITY));
  CHECK(by_instruction(one(0x80000000, 0x8000, 0, ONE, 0))[0] == 0);  // the sums start from +0
}

void mxcsr_has_no_say() {
  Case x = {1, 1, 1, {bits(1)}, {0x3F80}, {0x3300}};  // 1 + 2⁻²⁵
  unsigned before = _mm_getcsr();
  _mm_setcsr((before & ~0x8040u) | 0x4000);  // upwards, with denormals
  uint32_t instruction = by_instruction(x)[0], function = by_function(x)[0], mxcsr = _mm_getcsr();
  _mm_setcsr(before);
  CHECK(instruction == bits(1) && function == bits(1));
  CHECK((mxcsr & 0xFFC0) == ((before & 0xFFC0 & ~0x8040u) | 0x4000));
}

class Dice {
 public:
  unsigned below(unsigned n) { return unsigned(random_() % n); }
  uint32_t ordinary() { return bits(std::normal_distribution<float>()(random_)) >> 16; }
  // Everything that is odd, often enough.
  uint32_t odd() {
    static constexpr uint32_t some[] = {0, 0x8000, 0x7F80, 0xFF80, 0x7FC0, 0x0001, 0x807F, 0x0080, 0x7F7F, 0x3F80};
    return below(4) == 0 ? some[below(10)] : below(2) ? ordinary() : below(0x10000);
  }
  Words pairs(unsigned count, bool odd_ones) {
    Words words(count);
    for (uint32_t& w : words) w = odd_ones ? odd() | odd() << 16 : ordinary() | ordinary() << 16;
    return words;
  }

 private:
  std::mt19937 random_{SEED};
};

void random_products_match() {
  Dice dice;
  for (int i = 0; i < 600; i++) {
    bool largest = i % 4 == 0, odd_ones = i % 2 == 1;
    unsigned m = largest ? 16 : 1 + dice.below(16), n = largest ? 16 : 1 + dice.below(16), k = largest ? 16 : 1 + dice.below(16);
    check({m, n, k, dice.pairs(m * n, odd_ones), dice.pairs(m * k, odd_ones), dice.pairs(k * n, odd_ones)});
  }
}

// As a kernel does it: 32 × 32 = 2 × 2 tiles of c, over a depth of three tiles.
void blocks_accumulate() {
  constexpr unsigned SIZE = 32, DEPTH = 48, TILES = DEPTH / 16;
  Dice dice;
  Words a = dice.pairs(SIZE * DEPTH, false), b = dice.pairs(DEPTH * SIZE, false), c(SIZE * SIZE), expected(SIZE * SIZE);
  vamx::Config config = config_of({{16, 64}, {16, 64}, {16, 64}, {16, 64}, {16, 64}, {16, 64}, {16, 64}, {16, 64}});
  written();
  _tile_loadconfig(&config);
  _tile_zero(0); _tile_zero(1); _tile_zero(2); _tile_zero(3);
  for (unsigned t = 0; t < TILES; t++) {
    _tile_loadd(4, &a[t * 16], DEPTH * 4);
    _tile_loadd(5, &a[16 * DEPTH + t * 16], DEPTH * 4);
    _tile_loadd(6, &b[t * 16 * SIZE], SIZE * 4);
    _tile_loadd(7, &b[t * 16 * SIZE + 16], SIZE * 4);
    _tile_dpbf16ps(0, 4, 6); _tile_dpbf16ps(1, 4, 7); _tile_dpbf16ps(2, 5, 6); _tile_dpbf16ps(3, 5, 7);
  }
  _tile_stored(0, &c[0], SIZE * 4); _tile_stored(1, &c[16], SIZE * 4);
  _tile_stored(2, &c[16 * SIZE], SIZE * 4); _tile_stored(3, &c[16 * SIZE + 16], SIZE * 4);
  _tile_release();
  for (unsigned i = 0; i < SIZE * SIZE; i++) {
    for (unsigned t = 0; t < TILES; t++) {
      Case x = {1, 1, 16, {expected[i]}, Words(16), Words(16)};
      for (unsigned k = 0; k < 16; k++) x.a[k] = a[i / SIZE * DEPTH + t * 16 + k], x.b[k] = b[(t * 16 + k) * SIZE + i % SIZE];
      expected[i] = reference(x, 0, 0);
    }
  }
  CHECK(c == expected);
}

void products_are_counted() {
  uint64_t before = library.products();
  by_instruction(one(0, 0, 0, 0, 0));
  CHECK(library.products() == before + (hardware ? 0 : 1));
}

}  // namespace

void products() {
  halves_and_order_are_those_of_the_manual();
  special_values_are_those_of_the_manual();
  mxcsr_has_no_say();
  random_products_match();
  blocks_accumulate();
  products_are_counted();
}
