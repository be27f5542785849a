// What the tests share. Each function that main.cpp calls establishes facts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "../tiles.h"

#define CHECK(condition)                                                            \
  do {                                                                              \
    if (!(condition)) {                                                             \
      fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #condition); \
      exit(1);                                                                      \
    }                                                                               \
  } while (false)

// libvirtual_amx.so, opened as a JVM opens a library: late.
struct Library {
  int (*install)();
  int (*present)();
  uint64_t (*products)();
};
extern Library library;

// Whether the processor has AMX and this process may use it. Then the instructions do not trap: the tests compare the processor
// with the references, and vamx::product with the processor.
extern bool hardware;

// GCC's intrinsics do not tell the compiler that TILELOADD reads memory, and of LDTILECFG's 64 bytes they name eight: what it has
// not written yet must be written before.
inline void written() { asm volatile("" ::: "memory"); }

struct Shape {
  unsigned rows, row_bytes;
};

template <size_t N>
constexpr vamx::Config config_of(const Shape (&shapes)[N]) {
  vamx::Config config = {};
  config.palette = 1;
  for (size_t t = 0; t < N; t++) {
    config.rows[t] = uint8_t(shapes[t].rows);
    config.row_bytes[t] = uint16_t(shapes[t].row_bytes);
  }
  return config;
}

void decoding();
void products();
void state();
void threads();
void faults();
