// Counting, finding and moving bits and bytes.
#include <algorithm>
#include <bit>

#include "lanes.h"

namespace vgpu {
namespace {

struct Cnot { template <class T> static T apply(T a) { return a == 0; } };
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
Execute unary_bits(Type type) {
  switch (size_of(type)) {
    case 2: return unary<F, uint16_t, uint16_t>;
    case 4: return unary<F, uint32_t, uint32_t>;
    default: return unary<F, uint64_t, uint64_t>;
  }
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

void add_bit_fields(DecodeTable& table) {
  table["cnot"] = decode_unary_bits<Cnot>;
  table["brev"] = decode_unary_bits<Brev>;
  table["popc"] = decode_count<Popc>;
  table["clz"] = decode_count<Clz>;
  table["bfind"] = decode_bfind;
  table["bfe"] = decode_bfe;
  table["bfi"] = decode_bfi;
  table["prmt"] = decode_prmt;
}

}  // namespace vgpu
