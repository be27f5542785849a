// Integer arithmetic.
#include <type_traits>

#include "arithmetic.h"
#include "lanes.h"

namespace vgpu {
namespace {

template <class T>
using Wide = std::conditional_t<sizeof(T) == 8, std::conditional_t<std::is_signed_v<T>, __int128, unsigned __int128>,
             std::conditional_t<sizeof(T) == 4, std::conditional_t<std::is_signed_v<T>, int64_t, uint64_t>,
                                std::conditional_t<std::is_signed_v<T>, int32_t, uint32_t>>>;

template <class T>
using Unsigned = std::make_unsigned_t<T>;

template <class T>
T high(T a, T b) { return T((Wide<T>(a) * Wide<T>(b)) >> (8 * sizeof(T))); }

struct Add { template <class T> static T apply(T a, T b) { return T(a + b); } };
struct Sub { template <class T> static T apply(T a, T b) { return T(a - b); } };
struct MulLow { template <class T> static T apply(T a, T b) { return T(Unsigned<T>(a) * 1u * Unsigned<T>(b)); } };
struct MulHigh { template <class T> static T apply(T a, T b) { return high(a, b); } };
struct MadLow { template <class T> static T apply(T a, T b, T c) { return T(MulLow::apply(a, b) + c); } };
struct MadHigh { template <class T> static T apply(T a, T b, T c) { return T(high(a, b) + c); } };
struct MulWide { template <class T> static Wide<T> apply(T a, T b) { return Wide<T>(a) * Wide<T>(b); } };
struct MadWide { template <class T> static Wide<T> apply(T a, T b, Wide<T> c) { return Wide<T>(a) * Wide<T>(b) + c; } };
struct Min { template <class T> static T apply(T a, T b) { return a < b ? a : b; } };
struct Max { template <class T> static T apply(T a, T b) { return a > b ? a : b; } };
struct Sad { template <class T> static T apply(T a, T b, T c) { return T(c + (a < b ? b - a : a - b)); } };

// Division by zero is not a fault of the machine's: all ones, as hardware returns.
struct Div {
  template <class T>
  static T apply(T a, T b) {
    if (b == 0) return T(-1);
    if (std::is_signed_v<T> && b == T(-1)) return T(0 - Unsigned<T>(a));
    return T(a / b);
  }
};
struct Rem {
  template <class T>
  static T apply(T a, T b) {
    if (b == 0) return a;
    if (std::is_signed_v<T> && b == T(-1)) return 0;
    return T(a % b);
  }
};
struct Abs { template <class T> static T apply(T a) { return a < 0 ? T(0 - Unsigned<T>(a)) : a; } };
struct Neg { template <class T> static T apply(T a) { return T(0 - Unsigned<T>(a)); } };

int32_t saturated(int64_t value) { return int32_t(std::min<int64_t>(std::max<int64_t>(value, INT32_MIN), INT32_MAX)); }
struct AddSaturated { static int32_t apply(int32_t a, int32_t b) { return saturated(int64_t(a) + b); } };
struct SubSaturated { static int32_t apply(int32_t a, int32_t b) { return saturated(int64_t(a) - b); } };

template <class F>
Execute unary_signed(Type type) {
  switch (type) {
    case Type::S16: return unary<F, int16_t, int16_t>;
    case Type::S32: return unary<F, int32_t, int32_t>;
    case Type::S64: return unary<F, int64_t, int64_t>;
    default: return nullptr;
  }
}

template <class F>
Execute wide_product(Type type) {
  switch (type) {
    case Type::U16: return binary<F, uint32_t, uint16_t>;
    case Type::S16: return binary<F, int32_t, int16_t>;
    case Type::U32: return binary<F, uint64_t, uint32_t>;
    case Type::S32: return binary<F, int64_t, int32_t>;
    default: return nullptr;
  }
}

Execute wide_sum(Type type) {
  switch (type) {
    case Type::U16: return ternary<MadWide, uint32_t, uint16_t, uint16_t, uint32_t>;
    case Type::S16: return ternary<MadWide, int32_t, int16_t, int16_t, int32_t>;
    case Type::U32: return ternary<MadWide, uint64_t, uint32_t, uint32_t, uint64_t>;
    case Type::S32: return ternary<MadWide, int64_t, int32_t, int32_t, int64_t>;
    default: return nullptr;
  }
}

Type wide_type(Type type) {
  switch (type) {
    case Type::U16: return Type::U32;
    case Type::S16: return Type::S32;
    case Type::U32: return Type::U64;
    default: return Type::S64;
  }
}

// Sums with a carry: `immediate` bit 0 reads the carry flag, bit 1 writes it.
enum CarryForm : uint8_t { CARRY_ADD, CARRY_SUB, CARRY_MAD_LOW, CARRY_MAD_HIGH };

template <class T, CarryForm FORM>
void carried(Warp& w, const Instruction& i, uint32_t active) {
  const T* a = w.at<T>(i.o[1]);
  const T* b = w.at<T>(i.o[2]);
  T r[LANES];
  uint32_t in = i.immediate & 1 ? w.carry : 0, out = 0;
  for (int lane = 0; lane < LANES; lane++) {
    unsigned carry = in >> lane & 1;
    T x = a[lane], y = b[lane];
    if constexpr (FORM == CARRY_MAD_LOW || FORM == CARRY_MAD_HIGH) {
      x = FORM == CARRY_MAD_LOW ? MulLow::apply(x, y) : high(x, y);
      y = w.at<T>(i.o[3])[lane];
    }
    auto sum = FORM == CARRY_SUB ? (unsigned __int128)(x) - y - carry : (unsigned __int128)(x) + y + carry;
    r[lane] = T(sum);
    out |= uint32_t(sum >> (8 * sizeof(T)) & 1) << lane;
  }
  w.write(i.o[0], r, active);
  if (i.immediate & 2) w.carry = (w.carry & ~active) | (out & active);
}

void decode_carried(Decoder& d, CarryForm form, bool reads, bool writes, Type type) {
  same_type_operands(d, type, form == CARRY_ADD || form == CARRY_SUB ? 2 : 3);
  d.out.immediate = (reads ? 1 : 0) | (writes ? 2 : 0);
  bool wide = size_of(type) == 8;
  switch (form) {
    case CARRY_ADD: d.out.execute = wide ? carried<uint64_t, CARRY_ADD> : carried<uint32_t, CARRY_ADD>; break;
    case CARRY_SUB: d.out.execute = wide ? carried<uint64_t, CARRY_SUB> : carried<uint32_t, CARRY_SUB>; break;
    case CARRY_MAD_LOW: d.out.execute = wide ? carried<uint64_t, CARRY_MAD_LOW> : carried<uint32_t, CARRY_MAD_LOW>; break;
    case CARRY_MAD_HIGH:
      if (is_signed(type)) d.out.execute = wide ? carried<int64_t, CARRY_MAD_HIGH> : carried<int32_t, CARRY_MAD_HIGH>;
      else d.out.execute = wide ? carried<uint64_t, CARRY_MAD_HIGH> : carried<uint32_t, CARRY_MAD_HIGH>;
  }
}

// mul and mad come as .lo, .hi and .wide.
void decode_product(Decoder& d, bool adds, Type type) {
  int form = d.take_one_of({"lo", "hi", "wide"});
  if (form < 0) d.fail(".lo, .hi or .wide is missing");
  if (adds && d.take("cc")) return decode_carried(d, form == 0 ? CARRY_MAD_LOW : CARRY_MAD_HIGH, false, true, type);
  if (form == 2) {
    d.expect_operands(adds ? 4 : 3, adds ? 4 : 3);
    d.result(d.text(0), wide_type(type));
    d.source(d.text(1), type);
    d.source(d.text(2), type);
    if (adds) d.source(d.text(3), wide_type(type));
    d.out.execute = adds ? wide_sum(type) : wide_product<MulWide>(type);
    return;
  }
  same_type_operands(d, type, adds ? 3 : 2);
  if (adds) d.out.execute = form == 0 ? ternary_integer<MadLow>(type) : ternary_integer<MadHigh>(type);
  else d.out.execute = form == 0 ? binary_integer<MulLow>(type) : binary_integer<MulHigh>(type);
}

void decode_carry_reader(Decoder& d, CarryForm form) {
  bool writes = d.take("cc");
  decode_carried(d, form, true, writes, d.type());
}

void decode_sad(Decoder& d) {
  Type type = d.type();
  same_type_operands(d, type, 3);
  d.out.execute = ternary_integer<Sad>(type);
}

}  // namespace

void decode_integer(Decoder& d, Arithmetic operation, Type type) {
  if (operation == Arithmetic::MUL || operation == Arithmetic::MAD) return decode_product(d, operation == Arithmetic::MAD, type);
  bool saturates = d.take("sat"), carries = d.take("cc");
  bool sum = operation == Arithmetic::ADD || operation == Arithmetic::SUB;
  if (carries && sum) return decode_carried(d, operation == Arithmetic::ADD ? CARRY_ADD : CARRY_SUB, false, true, type);
  bool alone = operation == Arithmetic::ABS || operation == Arithmetic::NEG;
  same_type_operands(d, type, alone ? 1 : 2);
  if (saturates || carries) {
    if (type != Type::S32 || !sum || carries) d.fail("this modifier is for sums of .s32 only");
    bool adds = operation == Arithmetic::ADD;
    d.out.execute = adds ? binary<AddSaturated, int32_t, int32_t> : binary<SubSaturated, int32_t, int32_t>;
    return;
  }
  switch (operation) {
    case Arithmetic::ADD: d.out.execute = binary_integer<Add>(type); break;
    case Arithmetic::SUB: d.out.execute = binary_integer<Sub>(type); break;
    case Arithmetic::DIV: d.out.execute = binary_integer<Div>(type); break;
    case Arithmetic::REM: d.out.execute = binary_integer<Rem>(type); break;
    case Arithmetic::MIN: d.out.execute = binary_integer<Min>(type); break;
    case Arithmetic::MAX: d.out.execute = binary_integer<Max>(type); break;
    case Arithmetic::ABS: d.out.execute = unary_signed<Abs>(type); break;
    case Arithmetic::NEG: d.out.execute = unary_signed<Neg>(type); break;
    default: break;
  }
}

template <Arithmetic OPERATION>
void decode_arithmetic(Decoder& d) {
  Type type = d.type();
  if (type >= Type::F32) return decode_floating(d, OPERATION, type);
  if (is_floating(type)) return decode_half(d, OPERATION, type);
  decode_integer(d, OPERATION, type);
}

void add_integer(DecodeTable& table) {
  table["add"] = decode_arithmetic<Arithmetic::ADD>;
  table["sub"] = decode_arithmetic<Arithmetic::SUB>;
  table["mul"] = decode_arithmetic<Arithmetic::MUL>;
  table["mad"] = decode_arithmetic<Arithmetic::MAD>;
  table["fma"] = decode_arithmetic<Arithmetic::FMA>;
  table["div"] = decode_arithmetic<Arithmetic::DIV>;
  table["rem"] = decode_arithmetic<Arithmetic::REM>;
  table["min"] = decode_arithmetic<Arithmetic::MIN>;
  table["max"] = decode_arithmetic<Arithmetic::MAX>;
  table["abs"] = decode_arithmetic<Arithmetic::ABS>;
  table["neg"] = decode_arithmetic<Arithmetic::NEG>;
  table["sad"] = decode_sad;
  table["addc"] = [](Decoder& d) { decode_carry_reader(d, CARRY_ADD); };
  table["subc"] = [](Decoder& d) { decode_carry_reader(d, CARRY_SUB); };
  table["madc"] = [](Decoder& d) {
    int half = d.take_one_of({"lo", "hi"});
    if (half < 0) d.fail(".lo or .hi is missing");
    decode_carry_reader(d, half == 0 ? CARRY_MAD_LOW : CARRY_MAD_HIGH);
  };
}

}  // namespace vgpu
