// An instruction over 32 lanes. Results go to a local array first: the loop has no aliases, and the compiler vectorises it.
#pragma once

#include "decoder.h"
#include "warp.h"

namespace vgpu {

// F::apply maps values of T to a value of R.
template <class F, class R, class T>
void unary(Warp& w, const Instruction& i, uint32_t active) {
  const T* a = w.at<T>(i.o[1]);
  R r[LANES];
  for (int lane = 0; lane < LANES; lane++) r[lane] = F::apply(a[lane]);
  w.write(i.o[0], r, active);
}

template <class F, class R, class T, class U = T>
void binary(Warp& w, const Instruction& i, uint32_t active) {
  const T* a = w.at<T>(i.o[1]);
  const U* b = w.at<U>(i.o[2]);
  R r[LANES];
  for (int lane = 0; lane < LANES; lane++) r[lane] = F::apply(a[lane], b[lane]);
  w.write(i.o[0], r, active);
}

template <class F, class R, class T, class U = T, class V = T>
void ternary(Warp& w, const Instruction& i, uint32_t active) {
  const T* a = w.at<T>(i.o[1]);
  const U* b = w.at<U>(i.o[2]);
  const V* c = w.at<V>(i.o[3]);
  R r[LANES];
  for (int lane = 0; lane < LANES; lane++) r[lane] = F::apply(a[lane], b[lane], c[lane]);
  w.write(i.o[0], r, active);
}

// The same operation for one of several types; null where the type has none.
template <class F>
Execute binary_integer(Type type) {
  switch (type) {
    case Type::U16: return binary<F, uint16_t, uint16_t>;
    case Type::S16: return binary<F, int16_t, int16_t>;
    case Type::U32: return binary<F, uint32_t, uint32_t>;
    case Type::S32: return binary<F, int32_t, int32_t>;
    case Type::U64: return binary<F, uint64_t, uint64_t>;
    case Type::S64: return binary<F, int64_t, int64_t>;
    default: return nullptr;
  }
}

template <class F>
Execute ternary_integer(Type type) {
  switch (type) {
    case Type::U16: return ternary<F, uint16_t, uint16_t>;
    case Type::S16: return ternary<F, int16_t, int16_t>;
    case Type::U32: return ternary<F, uint32_t, uint32_t>;
    case Type::S32: return ternary<F, int32_t, int32_t>;
    case Type::U64: return ternary<F, uint64_t, uint64_t>;
    case Type::S64: return ternary<F, int64_t, int64_t>;
    default: return nullptr;
  }
}

// d = f(a, …) with every operand of one type.
inline void same_type_operands(Decoder& d, Type type, size_t sources) {
  d.expect_operands(sources + 1, sources + 1);
  d.result(d.text(0), type);
  for (size_t k = 1; k <= sources; k++) d.source(d.text(k), type);
}

// A bit a lane where `test` holds.
template <class Test>
uint32_t lanes_where(Test test) {
  uint32_t bits = 0;
  for (int lane = 0; lane < LANES; lane++) bits |= uint32_t(bool(test(lane))) << lane;
  return bits;
}

// Visits the lanes of a mask in ascending order.
template <class Visit>
void for_lanes(uint32_t mask, Visit visit) {
  for (; mask; mask &= mask - 1) visit(__builtin_ctz(mask));
}

}  // namespace vgpu
