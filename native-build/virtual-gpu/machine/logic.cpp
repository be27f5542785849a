// Logic and shifts.
#include <algorithm>

#include "lanes.h"

namespace vgpu {
namespace {

struct And { template <class T> static T apply(T a, T b) { return a & b; } };
struct Or { template <class T> static T apply(T a, T b) { return a | b; } };
struct Xor { template <class T> static T apply(T a, T b) { return a ^ b; } };
struct Not { template <class T> static T apply(T a) { return T(~a); } };

// Shifts past the width are clamped to it.
struct ShiftLeft { template <class T> static T apply(T a, uint32_t n) { return n >= 8 * sizeof(T) ? T(0) : T(a << n); } };
struct ShiftRight {
  template <class T>
  static T apply(T a, uint32_t n) {
    constexpr uint32_t top = 8 * sizeof(T) - 1;
    if (n > top) return T(a < 0 ? -1 : 0);
    return T(a >> n);
  }
};

// Any function of three bits: the table's bit abc.
void execute_lop3(Warp& w, const Instruction& i, uint32_t active) {
  const uint32_t* a = w.at<uint32_t>(i.o[1]);
  const uint32_t* b = w.at<uint32_t>(i.o[2]);
  const uint32_t* c = w.at<uint32_t>(i.o[3]);
  uint32_t r[LANES] = {};
  for (uint32_t minterm = 0; minterm < 8; minterm++) {
    if (!(i.immediate >> minterm & 1)) continue;
    uint32_t x = minterm & 4 ? 0 : ~0u, y = minterm & 2 ? 0 : ~0u, z = minterm & 1 ? 0 : ~0u;
    for (int lane = 0; lane < LANES; lane++) r[lane] |= (a[lane] ^ x) & (b[lane] ^ y) & (c[lane] ^ z);
  }
  w.write(i.o[0], r, active);
}

template <bool LEFT, bool WRAP>
struct Funnel {
  static uint32_t apply(uint32_t low, uint32_t high, uint32_t n) {
    n = WRAP ? n & 31 : std::min(n, 32u);
    uint64_t both = uint64_t(high) << 32 | low;
    return LEFT ? uint32_t((both << n) >> 32) : uint32_t(both >> n);
  }
};

template <class F>
Execute binary_bits(Type type) {
  switch (size_of(type)) {
    case 2: return binary<F, uint16_t, uint16_t>;
    case 4: return binary<F, uint32_t, uint32_t>;
    default: return binary<F, uint64_t, uint64_t>;
  }
}

template <class F>
Execute unary_bits(Type type) {
  switch (size_of(type)) {
    case 2: return unary<F, uint16_t, uint16_t>;
    case 4: return unary<F, uint32_t, uint32_t>;
    default: return unary<F, uint64_t, uint64_t>;
  }
}

template <class F>
void predicate_logic(Warp& w, const Instruction& i, uint32_t active) {
  w.write_predicate(i.o[0], F::apply(w.predicate(i.o[1]), w.predicate(i.o[2])), active);
}

void predicate_not(Warp& w, const Instruction& i, uint32_t active) { w.write_predicate(i.o[0], ~w.predicate(i.o[1]), active); }

template <class F>
void decode_logic(Decoder& d) {
  Type type = d.type();
  if (type != Type::PRED) {
    same_type_operands(d, type, 2);
    d.out.execute = binary_bits<F>(type);
    return;
  }
  d.expect_operands(3, 3);
  for (size_t k = 0; k < 3; k++) d.predicate(d.text(k));
  d.out.execute = predicate_logic<F>;
}

void decode_not(Decoder& d) {
  Type type = d.type();
  if (type != Type::PRED) {
    same_type_operands(d, type, 1);
    d.out.execute = unary_bits<Not>(type);
    return;
  }
  d.expect_operands(2, 2);
  d.predicate(d.text(0));
  d.predicate(d.text(1));
  d.out.execute = predicate_not;
}

void shift_operands(Decoder& d, Type type) {
  d.expect_operands(3, 3);
  d.result(d.text(0), type);
  d.source(d.text(1), type);
  d.source(d.text(2), Type::U32);
}

void decode_shl(Decoder& d) {
  Type type = d.type();
  shift_operands(d, type);
  switch (size_of(type)) {
    case 2: d.out.execute = binary<ShiftLeft, uint16_t, uint16_t, uint32_t>; break;
    case 4: d.out.execute = binary<ShiftLeft, uint32_t, uint32_t, uint32_t>; break;
    default: d.out.execute = binary<ShiftLeft, uint64_t, uint64_t, uint32_t>;
  }
}

void decode_shr(Decoder& d) {
  Type type = d.type();
  shift_operands(d, type);
  switch (type) {
    case Type::S16: d.out.execute = binary<ShiftRight, int16_t, int16_t, uint32_t>; break;
    case Type::S32: d.out.execute = binary<ShiftRight, int32_t, int32_t, uint32_t>; break;
    case Type::S64: d.out.execute = binary<ShiftRight, int64_t, int64_t, uint32_t>; break;
    case Type::U16: case Type::B16: d.out.execute = binary<ShiftRight, uint16_t, uint16_t, uint32_t>; break;
    case Type::U32: case Type::B32: d.out.execute = binary<ShiftRight, uint32_t, uint32_t, uint32_t>; break;
    default: d.out.execute = binary<ShiftRight, uint64_t, uint64_t, uint32_t>;
  }
}

void decode_shf(Decoder& d) {
  bool left = d.take("l");
  if (!left && !d.take("r")) d.fail("the direction is missing");
  bool wrap = d.take("wrap");
  if (!wrap && !d.take("clamp")) d.fail(".wrap or .clamp is missing");
  same_type_operands(d, d.type(), 3);
  using Word = uint32_t;
  if (left) d.out.execute = wrap ? ternary<Funnel<true, true>, Word, Word> : ternary<Funnel<true, false>, Word, Word>;
  else d.out.execute = wrap ? ternary<Funnel<false, true>, Word, Word> : ternary<Funnel<false, false>, Word, Word>;
}

void decode_lop3(Decoder& d) {
  d.expect_operands(5, 5);
  Type type = d.type();
  d.result(d.text(0), type);
  for (size_t k = 1; k <= 3; k++) d.source(d.text(k), type);
  d.out.immediate = d.constant_integer(d.text(4));
  d.out.execute = execute_lop3;
}

}  // namespace

void add_logic(DecodeTable& table) {
  table["and"] = decode_logic<And>;
  table["or"] = decode_logic<Or>;
  table["xor"] = decode_logic<Xor>;
  table["not"] = decode_not;
  table["shl"] = decode_shl;
  table["shr"] = decode_shr;
  table["shf"] = decode_shf;
  table["lop3"] = decode_lop3;
}

}  // namespace vgpu
