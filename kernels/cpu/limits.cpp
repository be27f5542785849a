// kernels/cpu/limits.cpp — what this machine can do at best, measured: products that never leave the registers, and a triad that
// never stays in a cache. A kernel is held against them (./sild bench).
#include "runtime/tile.h"
#include "runtime/stream.h"

using namespace sild;

namespace {

// s ← s a + b has no part that a compiler could compute once. As many chains as a register file holds beside a and b: enough to
// hide the latency of a multiplication and an addition on two ports.
#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int CHAINS = 24;
#else
constexpr int CHAINS = 12;
#endif

#if defined(__x86_64__)
#define IN_REGISTER(v) asm volatile("" : "+v"(v))
#elif defined(__aarch64__)
#define IN_REGISTER(v) asm volatile("" : "+w"(v))
#else
#define IN_REGISTER(v) asm volatile("" : "+m"(v))
#endif

template <class Step>
inline void chains(int64_t rounds, Vector start, const Step& step) {
  Vector sum[CHAINS];
#pragma GCC unroll 24
  for (int i = 0; i < CHAINS; i++) sum[i] = start;
  for (int64_t r = 0; r < rounds; r++)
#pragma GCC unroll 24
    for (int i = 0; i < CHAINS; i++) {
      sum[i] = step(sum[i]);
      IN_REGISTER(sum[i]);
    }
}

/** Rounds of products in a format; returns how many f32 operations one round is worth. */
template <class Format>
struct Products {
  static double run(int64_t rounds) {
    Vector half = broadcast(0.5f);  // s ← s/2 + 1/2 stays at 1
    chains(rounds, broadcast(1.0f), [=](Vector s) { return multiply_add(s, half, half); });
    return 2.0 * CHAINS * LANES;
  }
};

#if defined(__AVX512BF16__)
template <>
struct Products<Pairs> {
  static double run(int64_t rounds) {
    Vector one = (Vector)_mm512_set1_epi32(0x3f803f80), mixed = (Vector)_mm512_set1_epi32(int(0xbf803f80));  // s + 1 − 1
    chains(rounds, broadcast(1.0f), [=](Vector s) { return Pairs::dot(one, mixed, s); });
    return 2.0 * Pairs::K * CHAINS * LANES;
  }
};
#endif

#if defined(__AMX_BF16__)
template <>
struct Products<Tiles> {
  static double run(int64_t rounds) {
    TileRegisters registers;
    _tile_zero(4);
    _tile_zero(5);
    _tile_zero(6);
    _tile_zero(7);
    for (int64_t r = 0; r < rounds; r++) {  // volatile by themselves
      _tile_dpbf16ps(0, 4, 6);
      _tile_dpbf16ps(1, 4, 7);
      _tile_dpbf16ps(2, 5, 6);
      _tile_dpbf16ps(3, 5, 7);
    }
    return 4 * 2.0 * SIDE * SIDE * (SIDE * Tiles::K);
  }
};

/** A product of two f32 takes three of bf16: a third of the tiles' rate. */
template <>
struct Products<Split> {
  static double run(int64_t rounds) { return Products<Tiles>::run(rounds) / 3; }
};
#endif

}  // namespace

extern "C" {

SILD_OP(sild_peak_products)(double* flops, int64_t rounds, sild_stream* stream) {
  if (rounds < 0) return SILD_BAD_ARGUMENT;
  in_format(stream->precision, [=](auto format) {
    together(stream, [=](int member, int members) {
      double round = Products<decltype(format)>::run(rounds);
      if (member == 0) *flops = round * double(rounds) * members;
    });
  });
  return SILD_OK;
}

SILD_OP(sild_triad)(float* a, const float* b, const float* c, float s, int64_t n, sild_stream* stream) {
  together(stream, [=](int member, int members) {
    Range range = share(n, LANES, member, members);
    float* __restrict__ to = a;
    for (int64_t i = range.begin; i < range.end; i++) to[i] = b[i] + s * c[i];
  });
  return SILD_OK;
}
}
