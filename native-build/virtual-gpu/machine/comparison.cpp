// setp, set, selp, slct.
#include "lanes.h"
#include "rounding.h"

namespace vgpu {
namespace {

enum class Compare : uint8_t { EQ, NE, LT, LE, GT, GE, EQU, NEU, LTU, LEU, GTU, GEU, NUM, NAN_ };

template <Compare C>
struct Relation {
  template <class T>
  static bool unordered(T a, T b) {
    if constexpr (std::is_floating_point_v<T>) return std::isnan(a) || std::isnan(b);
    return false;
  }
  template <class T>
  static bool holds(T a, T b) {
    switch (C) {
      case Compare::EQ: return a == b;
      case Compare::NE: return a != b && !unordered(a, b);
      case Compare::LT: return a < b;
      case Compare::LE: return a <= b;
      case Compare::GT: return a > b;
      case Compare::GE: return a >= b;
      case Compare::EQU: return a == b || unordered(a, b);
      case Compare::NEU: return a != b;
      case Compare::LTU: return a < b || unordered(a, b);
      case Compare::LEU: return a <= b || unordered(a, b);
      case Compare::GTU: return a > b || unordered(a, b);
      case Compare::GEU: return a >= b || unordered(a, b);
      case Compare::NUM: return !unordered(a, b);
      case Compare::NAN_: return unordered(a, b);
    }
    return false;
  }
};

// Sources of every type as values that compare.
template <class T>
struct Plain {
  using Bits = T;
  static T value(T bits) { return bits; }
};
struct Flushed {
  using Bits = float;
  static float value(float x) { return flush(x); }
};
struct Half {
  using Bits = uint16_t;
  static float value(uint16_t bits) { return half_value(bits); }
};
struct Brain {
  using Bits = uint16_t;
  static float value(uint16_t bits) { return brain_value(bits); }
};

// `variant` is the boolean combination with the predicate that follows: 0 none, 1 and, 2 or, 3 xor.
uint32_t combined(const Warp& w, const Instruction& i, uint32_t bits, int operand) {
  if (i.variant == 0) return bits;
  uint32_t other = w.predicate(i.o[operand]);
  return i.variant == 1 ? bits & other : i.variant == 2 ? bits | other : bits ^ other;
}

template <class SOURCE, Compare C>
void execute_setp(Warp& w, const Instruction& i, uint32_t active) {
  const auto* a = w.at<typename SOURCE::Bits>(i.o[2]);
  const auto* b = w.at<typename SOURCE::Bits>(i.o[3]);
  uint32_t bits = lanes_where([&](int lane) { return Relation<C>::holds(SOURCE::value(a[lane]), SOURCE::value(b[lane])); });
  uint32_t p = combined(w, i, bits, 4), q = combined(w, i, ~bits, 4);
  w.write_predicate(i.o[0], p, active);
  w.write_predicate(i.o[1], q, active);
}

// f16x2 and bf16x2: p is the low half's comparison, q the high half's.
template <class SOURCE, Compare C>
void execute_setp_pair(Warp& w, const Instruction& i, uint32_t active) {
  const uint32_t* a = w.at<uint32_t>(i.o[2]);
  const uint32_t* b = w.at<uint32_t>(i.o[3]);
  for (int part = 0; part < 2; part++) {
    uint32_t bits = lanes_where([&](int lane) {
      return Relation<C>::holds(SOURCE::value(uint16_t(a[lane] >> (16 * part))), SOURCE::value(uint16_t(b[lane] >> (16 * part))));
    });
    w.write_predicate(i.o[part], combined(w, i, bits, 4), active);
  }
}

// set: the same as a number, all ones or 1.0.
template <class SOURCE, Compare C>
void execute_set(Warp& w, const Instruction& i, uint32_t active) {
  const auto* a = w.at<typename SOURCE::Bits>(i.o[1]);
  const auto* b = w.at<typename SOURCE::Bits>(i.o[2]);
  uint32_t bits = lanes_where([&](int lane) { return Relation<C>::holds(SOURCE::value(a[lane]), SOURCE::value(b[lane])); });
  bits = combined(w, i, bits, 3);
  uint32_t r[LANES];
  for (int lane = 0; lane < LANES; lane++) r[lane] = bits >> lane & 1 ? i.immediate : 0;
  w.write(i.o[0], r, active);
}

enum class Form : uint8_t { SETP, SETP_PAIR, SET };

template <class SOURCE, Compare C>
Execute choose_form(Form form) {
  if (form == Form::SET) return execute_set<SOURCE, C>;
  if constexpr (std::is_same_v<typename SOURCE::Bits, uint16_t> && !std::is_same_v<SOURCE, Plain<uint16_t>>) {
    if (form == Form::SETP_PAIR) return execute_setp_pair<SOURCE, C>;
  }
  return execute_setp<SOURCE, C>;
}

template <class SOURCE>
Execute choose_relation(Compare compare, Form form) {
  switch (compare) {
    case Compare::EQ: return choose_form<SOURCE, Compare::EQ>(form);
    case Compare::NE: return choose_form<SOURCE, Compare::NE>(form);
    case Compare::LT: return choose_form<SOURCE, Compare::LT>(form);
    case Compare::LE: return choose_form<SOURCE, Compare::LE>(form);
    case Compare::GT: return choose_form<SOURCE, Compare::GT>(form);
    case Compare::GE: return choose_form<SOURCE, Compare::GE>(form);
    case Compare::EQU: return choose_form<SOURCE, Compare::EQU>(form);
    case Compare::NEU: return choose_form<SOURCE, Compare::NEU>(form);
    case Compare::LTU: return choose_form<SOURCE, Compare::LTU>(form);
    case Compare::LEU: return choose_form<SOURCE, Compare::LEU>(form);
    case Compare::GTU: return choose_form<SOURCE, Compare::GTU>(form);
    case Compare::GEU: return choose_form<SOURCE, Compare::GEU>(form);
    case Compare::NUM: return choose_form<SOURCE, Compare::NUM>(form);
    case Compare::NAN_: return choose_form<SOURCE, Compare::NAN_>(form);
  }
  return nullptr;
}

Execute choose_comparison(Type type, Compare compare, Form form, bool ftz) {
  switch (type) {
    case Type::U16: case Type::B16: return choose_relation<Plain<uint16_t>>(compare, form);
    case Type::S16: return choose_relation<Plain<int16_t>>(compare, form);
    case Type::U32: case Type::B32: return choose_relation<Plain<uint32_t>>(compare, form);
    case Type::S32: return choose_relation<Plain<int32_t>>(compare, form);
    case Type::U64: case Type::B64: return choose_relation<Plain<uint64_t>>(compare, form);
    case Type::S64: return choose_relation<Plain<int64_t>>(compare, form);
    case Type::F16: case Type::F16X2: return choose_relation<Half>(compare, form);
    case Type::BF16: case Type::BF16X2: return choose_relation<Brain>(compare, form);
    case Type::F32: return ftz ? choose_relation<Flushed>(compare, form) : choose_relation<Plain<float>>(compare, form);
    case Type::F64: return choose_relation<Plain<double>>(compare, form);
    default: return nullptr;
  }
}

Compare take_comparison(Decoder& d) {
  int position = d.take_one_of({"eq", "ne", "lt", "le", "gt", "ge", "equ", "neu", "ltu", "leu", "gtu", "geu", "num", "nan"});
  if (position >= 0) return Compare(position);
  switch (d.take_one_of({"lo", "ls", "hi", "hs"})) {
    case 0: return Compare::LT;
    case 1: return Compare::LE;
    case 2: return Compare::GT;
    case 3: return Compare::GE;
    default: d.fail("the comparison is missing");
  }
}

void decode_setp(Decoder& d) {
  Compare compare = take_comparison(d);
  d.out.variant = uint8_t(d.take_one_of({"and", "or", "xor"}) + 1);
  bool ftz = d.take("ftz");
  Type type = d.type();
  size_t operands = d.out.variant ? 4 : 3;
  d.expect_operands(operands, operands);
  std::string first = d.text(0), second = "_";
  if (size_t bar = first.find('|'); bar != std::string::npos) {
    second = trim(first.substr(bar + 1));
    first = trim(first.substr(0, bar));
  }
  d.predicate(first);
  d.predicate(second);
  d.source(d.text(1), type);
  d.source(d.text(2), type);
  if (d.out.variant) d.predicate(d.text(3));
  bool pair = type == Type::F16X2 || type == Type::BF16X2;
  d.out.execute = choose_comparison(type, compare, pair ? Form::SETP_PAIR : Form::SETP, ftz);
}

void decode_set(Decoder& d) {
  Compare compare = take_comparison(d);
  d.out.variant = uint8_t(d.take_one_of({"and", "or", "xor"}) + 1);
  bool ftz = d.take("ftz");
  Type target = d.type(), type = d.type();
  size_t operands = d.out.variant ? 4 : 3;
  d.expect_operands(operands, operands);
  if (size_of(target) != 4 || type == Type::F16X2 || type == Type::BF16X2) d.fail("set makes 32 bits here");
  d.result(d.text(0), target);
  d.source(d.text(1), type);
  d.source(d.text(2), type);
  if (d.out.variant) d.predicate(d.text(3));
  d.out.immediate = target == Type::F32 ? 0x3F800000u : ~0u;
  d.out.execute = choose_comparison(type, compare, Form::SET, ftz);
}

template <class T>
void execute_selp(Warp& w, const Instruction& i, uint32_t active) {
  const T* a = w.at<T>(i.o[1]);
  const T* b = w.at<T>(i.o[2]);
  uint32_t chosen = w.predicate(i.o[3]);
  T r[LANES];
  for (int lane = 0; lane < LANES; lane++) r[lane] = chosen >> lane & 1 ? a[lane] : b[lane];
  w.write(i.o[0], r, active);
}

void decode_selp(Decoder& d) {
  Type type = d.type();
  d.expect_operands(4, 4);
  d.result(d.text(0), type);
  d.source(d.text(1), type);
  d.source(d.text(2), type);
  d.predicate(d.text(3));
  switch (size_of(type)) {
    case 2: d.out.execute = execute_selp<uint16_t>; break;
    case 4: d.out.execute = execute_selp<uint32_t>; break;
    default: d.out.execute = execute_selp<uint64_t>;
  }
}

// d = c >= 0 ? a : b
template <class C>
struct Slct {
  template <class T>
  static T apply(T a, T b, C c) { return c >= 0 ? a : b; }
};

template <class T>
Execute choose_slct(bool real) {
  return real ? ternary<Slct<float>, T, T, T, float> : ternary<Slct<int32_t>, T, T, T, int32_t>;
}

void decode_slct(Decoder& d) {
  if (d.take("ftz")) d.fail("slct with .ftz is not understood");
  Type type = d.type(), condition = d.type();
  d.expect_operands(4, 4);
  d.result(d.text(0), type);
  d.source(d.text(1), type);
  d.source(d.text(2), type);
  d.source(d.text(3), condition);
  bool real = condition == Type::F32;
  switch (size_of(type)) {
    case 2: d.out.execute = choose_slct<uint16_t>(real); break;
    case 4: d.out.execute = choose_slct<uint32_t>(real); break;
    default: d.out.execute = choose_slct<uint64_t>(real);
  }
}

}  // namespace

void add_comparison(DecodeTable& table) {
  table["setp"] = decode_setp;
  table["set"] = decode_set;
  table["selp"] = decode_selp;
  table["slct"] = decode_slct;
}

}  // namespace vgpu
