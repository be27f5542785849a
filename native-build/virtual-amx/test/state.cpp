// Configurations, loads and stores; and what a trap must leave as it was.
#include <immintrin.h>

#include <cstring>

#include "check.h"

namespace {

using Bytes = uint8_t[16][64];

void fill(Bytes& bytes, unsigned salt) {
  for (unsigned i = 0; i < sizeof bytes; i++) bytes[i / 64][i % 64] = uint8_t(i * 7 + i / 64 + salt);
}

template <size_t N>
void configure(const Shape (&shapes)[N], uint8_t start_row = 0) {
  vamx::Config config = config_of(shapes);
  config.start_row = start_row;
  written();
  _tile_loadconfig(&config);
}

vamx::Config current() {
  vamx::Config config;
  memset(&config, 0xEE, sizeof config);
  written();
  _tile_storeconfig(&config);
  written();
  return config;
}

bool operator==(const vamx::Config& a, const vamx::Config& b) { return memcmp(&a, &b, sizeof a) == 0; }

void the_configuration_can_be_read_back() {
  const vamx::Config none = {};
  Shape shapes[] = {{16, 64}, {3, 20}, {0, 0}, {1, 6}};  // that six is not a multiple of four matters when it is used
  _tile_release();
  CHECK(current() == none);
  configure(shapes, 5);
  vamx::Config expected = config_of(shapes);
  expected.start_row = 5;
  CHECK(current() == expected);
  _tile_zero(3);
  CHECK(current().start_row == 0);
  _tile_release();
  CHECK(current() == none);
  configure(shapes);
  vamx::Config zero_palette = config_of(shapes);
  zero_palette.palette = 0;
  written();
  _tile_loadconfig(&zero_palette);  // releases, too
  CHECK(current() == none);
}

// There are places for 1024 threads at a time; one thread must not fill them.
void what_is_released_is_free() {
  for (int i = 0; i < 1100; i++) {
    configure({{1, 4}});
    _tile_release();
  }
}

// A tile of 3 × 20 bytes moves those bytes and no others.
void partial_tiles_move_their_part() {
  Bytes from, to, expected;
  fill(from, 1), fill(to, 2), fill(expected, 2);
  for (int row = 0; row < 3; row++) memcpy(expected[row], from[row], 20);
  configure({{3, 20}});
  written();
  _tile_loadd(0, from, 64);
  _tile_stored(0, to, 64);
  CHECK(memcmp(to, expected, sizeof to) == 0);
}

void configuring_and_zeroing_clear() {
  Bytes from, to, zero = {};
  fill(from, 1);
  for (bool again : {false, true}) {
    fill(to, 2);
    configure({{16, 64}, {16, 64}});
    written();
    _tile_loadd(0, from, 64);
    _tile_loadd(1, from, 64);
    if (again) {
      configure({{16, 64}, {16, 64}});
    } else {
      _tile_zero(0);
    }
    written();
    _tile_stored(0, to, 64);
    CHECK(memcmp(to, zero, sizeof to) == 0);
    _tile_stored(1, to, 64);
    CHECK(memcmp(to, again ? zero : from, sizeof to) == 0);
  }
}

void a_load_may_start_at_a_later_row() {
  Bytes from, to, expected = {};
  fill(from, 1), fill(to, 2);
  memcpy(expected[4], from[4], 12 * 64);
  configure({{16, 64}}, 4);
  written();
  _tile_loadd(0, from, 64);
  _tile_stored(0, to, 64);  // from the first row on
  CHECK(memcmp(to, expected, sizeof to) == 0);
}

constinit vamx::Config static_config = config_of({{2, 8}});
constinit thread_local vamx::Config thread_local_config = config_of({{3, 12}});

void operands_are_found_by_any_register() {
  Bytes from, to, expected;
  fill(from, 1);
  written();
  _tile_loadconfig(&static_config);  // relative to rip
  CHECK(current() == static_config);
  asm volatile("ldtilecfg %0" ::"m"(thread_local_config));  // relative to fs
  CHECK(current() == thread_local_config);

  fill(to, 2), fill(expected, 2);
  for (int row = 0; row < 8; row++) memcpy(expected[row * 2], from[row], 64);
  configure({{8, 64}});
  asm volatile(
      "lea 8(%0), %%r13\n mov $16, %%r12d\n tileloadd -8(%%r13,%%r12,4), %%tmm0\n"
      "lea -0x1000(%1), %%r12\n mov $64, %%r15d\n tilestored %%tmm0, 0x1000(%%r12,%%r15,2)\n" ::"r"(from),
      "r"(to)
      : "r12", "r13", "r15", "memory");
  CHECK(memcmp(to, expected, sizeof to) == 0);

  for (int row = 0; row < 8; row++) memcpy(expected[row], from[3], 64);  // no index: the same row again
  configure({{8, 64}});
  asm volatile("tileloadd 192(%0), %%tmm0\n mov $64, %%ebx\n tilestored %%tmm0, (%1,%%rbx)\n" ::"r"(from), "r"(to)
               : "rbx", "memory");
  CHECK(memcmp(to, expected, 8 * 64) == 0);
}

__attribute__((target("avx512f"))) void the_rest_of_the_processor_is_left_alone() {
  alignas(64) uint8_t before[64], after[64];
  for (int i = 0; i < 64; i++) before[i] = uint8_t(3 * i + 1);
  uint64_t flags = 0, mask = 0;
  configure({{16, 64}, {16, 64}, {16, 64}});
  asm volatile(
      "vmovdqa64 (%2), %%zmm2\n vmovdqa64 (%2), %%zmm29\n mov $0x1234, %%eax\n kmovw %%eax, %%k3\n stc\n"
      "tdpbf16ps %%tmm2, %%tmm1, %%tmm0\n"
      "pushfq\n pop %0\n kmovw %%k3, %%eax\n mov %%rax, %1\n vpxorq %%zmm2, %%zmm29, %%zmm2\n vporq %%zmm2, %%zmm29, %%zmm29\n"
      "vmovdqa64 %%zmm29, (%3)\n"
      : "=&r"(flags), "=&r"(mask)
      : "r"(before), "r"(after)
      : "rax", "cc", "memory", "xmm2", "xmm29", "k3");
  CHECK((flags & 1) == 1 && mask == 0x1234 && memcmp(before, after, 64) == 0);
}

}  // namespace

void state() {
  the_configuration_can_be_read_back();
  what_is_released_is_free();
  partial_tiles_move_their_part();
  configuring_and_zeroing_clear();
  a_load_may_start_at_a_later_row();
  operands_are_found_by_any_register();
  if (__builtin_cpu_supports("avx512f")) the_rest_of_the_processor_is_left_alone();
  _tile_release();
}
