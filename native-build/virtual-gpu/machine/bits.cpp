// Logic, shifts and bit fields.
#include <bit>

#include "lanes.h"

namespace vgpu {
namespace {

struct And { template <class T> static T apply(T a, T b) { return a & b; } };
struct Or { template <class T> static T apply(T a, T b) { return a | b; } };
struct Xor { template <class T> static T apply(T a, T b) { return a ^ b; } };
struct Not { template <class T> static T apply(T a) { return T(~a); } };
struct Cnot { template <class T> static T apply(T a) { return a == 0; } };

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

struct Popc { template <class T> static uint32_t apply(T a) { return uint32_t(std::popcount(a)); } };
struct Clz { template <class T> static uint32_t apply(T a) { return uint32_t(std::countl_zero(a)); } };
struct Brev {
  template <class T>
  static T apply(T a) {
    T r = 0;
    for (unsigned k = 0; k < 8 * sizeof(T); k++) r = T(r | ((a >> k & 1) << (8 * sizeof(T) - 1 - k)));
    return r;
  }
};

// The position of the most significant bit that differs from the sign; ~0 for none.
template <bool SHIFT_AMOUNT>
struct Bfind {
  template <class T>
  static uint32_t apply(T a) {
    using U = std::make_unsigned_t<T>;
    U u = a < 0 ? U(~U(a)) : U(a);
    if (u == 0) return ~0u;
    uint32_t zeros = uint32_t(std::countl_zero(u));
    return SHIFT_AMOUNT ? zeros : uint32_t(8 * sizeof(T)) - 1 - zeros;
  }
};

struct Bfe {
  template <class T>
  static T apply(T a, uint32_t position, uint32_t length) {
    constexpr uint32_t width = 8 * sizeof(T);
    position &= 255;
    length &= 255;
    // The sign is the field's top bit, or the value's where the field reaches beyond it.
    bool negative = length > 0 && (a >> std::min(position + length - 1, width - 1) & 1);
    using U = std::make_unsigned_t<T>;
    U field = position >= width ? U(0) : U(U(a) >> position);
    uint32_t there = position >= width ? 0 : std::min(length, width - position);
    U mask = there >= width ? U(~U(0)) : U((U(1) << there) - 1);
    field &= mask;
    if (std::is_signed_v<T> && negative) field |= U(~mask);
    return T(field);
  }
};

struct BfiFields {
  template <class T>
  static T apply(T a, T b, uint32_t position, uint32_t length) {
    constexpr uint32_t width = 8 * sizeof(T);
    position &= 255;
    length &= 255;
    if (position >= width || length == 0) return b;
    length = std::min(length, width - position);
    T mask = T((length >= width ? T(~T(0)) : T((T(1) << length) - 1)) << position);
    return T((b & ~mask) | ((a << position) & mask));
  }
};

template <class T>
void execute_bfi(Warp& w, const Instruction& i, uint32_t active) {
  const T* a = w.at<T>(i.o[1]);
  const T* b = w.at<T>(i.o[2]);
  const uint32_t* position = w.at<uint32_t>(i.o[3]);
  const uint32_t* length = w.at<uint32_t>(i.o[4]);
  T r[LANES];
  for (int lane = 0; lane < LANES; lane++) r[lane] = BfiFields::apply(a[lane], b[lane], position[lane], length[lane]);
  w.write(i.o[0], r, active);
}

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

// Bytes chosen by nibbles of c; bit 3 of a nibble repeats the byte's sign.
struct Prmt {
  static uint32_t apply(uint32_t a, uint32_t b, uint32_t c) {
    uint64_t bytes = uint64_t(b) << 32 | a;
    uint32_t r = 0;
    for (uint32_t k = 0; k < 4; k++) {
      uint32_t selector = c >> (4 * k) & 15;
      uint32_t byte = uint32_t(bytes >> (8 * (selector & 7))) & 255;
      if (selector & 8) byte = byte & 128 ? 255 : 0;
      r |= byte << (8 * k);
    }
    return r;
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
  if (left) d.out.execute = wrap ? ternary<Funnel<true, true>, uint32_t, uint32_t> : ternary<Funnel<true, false>, uint32_t, uint32_t>;
  else d.out.execute = wrap ? ternary<Funnel<false, true>, uint32_t, uint32_t> : ternary<Funnel<false, false>, uint32_t, uint32_t>;
}

template <class F>
void decode_count(Decoder& d) {
  Type type = d.type();
  d.expect_operands(2, 2);
  d.result(d.text(0), Type::U32);
  d.source(d.text(1), type);
  d.out.execute = size_of(type) == 8 ? unary<F, uint32_t, uint64_t> : unary<F, uint32_t, uint32_t>;
}

template <class F>
Execute choose_bfind(Type type) {
  switch (type) {
    case Type::U32: return unary<F, uint32_t, uint32_t>;
    case Type::S32: return unary<F, uint32_t, int32_t>;
    case Type::U64: return unary<F, uint32_t, uint64_t>;
    default: return unary<F, uint32_t, int64_t>;
  }
}

void decode_bfind(Decoder& d) {
  bool shift = d.take("shiftamt");
  Type type = d.type();
  d.expect_operands(2, 2);
  d.result(d.text(0), Type::U32);
  d.source(d.text(1), type);
  d.out.execute = shift ? choose_bfind<Bfind<true>>(type) : choose_bfind<Bfind<false>>(type);
}

void decode_bfe(Decoder& d) {
  Type type = d.type();
  d.expect_operands(4, 4);
  d.result(d.text(0), type);
  d.source(d.text(1), type);
  d.source(d.text(2), Type::U32);
  d.source(d.text(3), Type::U32);
  switch (type) {
    case Type::U32: d.out.execute = ternary<Bfe, uint32_t, uint32_t, uint32_t, uint32_t>; break;
    case Type::S32: d.out.execute = ternary<Bfe, int32_t, int32_t, uint32_t, uint32_t>; break;
    case Type::U64: d.out.execute = ternary<Bfe, uint64_t, uint64_t, uint32_t, uint32_t>; break;
    default: d.out.execute = ternary<Bfe, int64_t, int64_t, uint32_t, uint32_t>;
  }
}

void decode_bfi(Decoder& d) {
  Type type = d.type();
  d.expect_operands(5, 5);
  d.result(d.text(0), type);
  d.source(d.text(1), type);
  d.source(d.text(2), type);
  d.source(d.text(3), Type::U32);
  d.source(d.text(4), Type::U32);
  d.out.execute = size_of(type) == 8 ? execute_bfi<uint64_t> : execute_bfi<uint32_t>;
}

void decode_lop3(Decoder& d) {
  d.expect_operands(5, 5);
  Type type = d.type();
  d.result(d.text(0), type);
  for (size_t k = 1; k <= 3; k++) d.source(d.text(k), type);
  d.out.immediate = d.constant_integer(d.text(4));
  d.out.execute = execute_lop3;
}

template <class F>
void decode_unary_bits(Decoder& d) {
  Type type = d.type();
  same_type_operands(d, type, 1);
  d.out.execute = unary_bits<F>(type);
}

void decode_prmt(Decoder& d) {
  same_type_operands(d, d.type(), 3);
  d.out.execute = ternary<Prmt, uint32_t, uint32_t>;
}

}  // namespace

void add_bits(DecodeTable& table) {
  table["and"] = decode_logic<And>;
  table["or"] = decode_logic<Or>;
  table["xor"] = decode_logic<Xor>;
  table["not"] = decode_not;
  table["cnot"] = decode_unary_bits<Cnot>;
  table["brev"] = decode_unary_bits<Brev>;
  table["shl"] = decode_shl;
  table["shr"] = decode_shr;
  table["shf"] = decode_shf;
  table["popc"] = decode_count<Popc>;
  table["clz"] = decode_count<Clz>;
  table["bfind"] = decode_bfind;
  table["bfe"] = decode_bfe;
  table["bfi"] = decode_bfi;
  table["lop3"] = decode_lop3;
  table["prmt"] = decode_prmt;
}

}  // namespace vgpu
