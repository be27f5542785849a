#include <immintrin.h>

#include <thread>
#include <vector>

#include "check.h"

namespace {

// In its own tiles: c(m, n) = 2·depth·(number + 1).
bool multiply(unsigned number, bool release) {
  unsigned rows = 1 + number % 16, depth = 1 + number % 7, columns = 1 + number % 13;
  uint32_t pair = 0x3F803F80;  // two ones
  uint32_t a[16][16], b[16][16];
  float c[16][16] = {};
  for (uint32_t& x : a[0]) x = pair;
  for (auto& row : b) for (uint32_t& x : row) x = pair;
  vamx::Config config = config_of({{rows, columns * 4}, {rows, depth * 4}, {depth, columns * 4}});
  written();
  _tile_loadconfig(&config);
  _tile_loadd(1, a, 0);
  _tile_loadd(2, b, 64);
  for (unsigned i = 0; i <= number; i++) _tile_dpbf16ps(0, 1, 2);
  _tile_stored(0, c, 64);
  if (release) _tile_release();
  for (unsigned i = 0; i < 256; i++) {
    bool inside = i / 16 < rows && i % 16 < columns;
    if (c[i / 16][i % 16] != (inside ? float(2 * depth * (number + 1)) : 0)) return false;
  }
  return true;
}

void threads_have_tiles_of_their_own() {
  constexpr unsigned THREADS = 8, ROUNDS = 50;
  std::vector<std::thread> threads;
  bool right[THREADS] = {};
  for (unsigned t = 0; t < THREADS; t++) {
    threads.emplace_back([&, t] {
      right[t] = true;
      for (unsigned i = 0; i < ROUNDS; i++) right[t] = multiply(t * 5, i % 2) && right[t];
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (bool r : right) CHECK(r);
}

// More than there are places.
void threads_that_do_not_release_leave_nothing_behind() {
  for (int i = 0; i < 1100; i++) {
    bool right = false;
    std::thread([&] { right = multiply(1, false); }).join();
    CHECK(right);
  }
}

}  // namespace

void threads() {
  threads_have_tiles_of_their_own();
  threads_that_do_not_release_leave_nothing_behind();
}
