// cvt: between all types, with the roundings and saturations that PTX has.
#include <algorithm>
#include <limits>

#include "lanes.h"
#include "rounding.h"

namespace vgpu {
namespace {

// What an instruction carries: types and roundings packed into `immediate`, flags into `variant`.
enum Flag : uint8_t { FTZ = 1, SAT = 2, RELU = 4, TO_INTEGRAL = 8 };
struct Form {
  Type to, from;
  Rounding rounding;
};
uint32_t packed(Form f) { return uint32_t(f.to) | uint32_t(f.from) << 8 | uint32_t(f.rounding) << 16; }
Form form_of(const Instruction& i) {
  return {Type(i.immediate & 255), Type(i.immediate >> 8 & 255), Rounding(i.immediate >> 16)};
}

template <class Register>
void read_as(const Warp& w, const Operand& o, Type type, int64_t (&values)[LANES]) {
  const Register* a = w.at<Register>(o);
  unsigned unused = 64 - 8 * size_of(type);
  if (is_signed(type)) {
    for (int lane = 0; lane < LANES; lane++) values[lane] = int64_t(uint64_t(a[lane]) << unused) >> unused;
  } else {
    for (int lane = 0; lane < LANES; lane++) values[lane] = int64_t(uint64_t(a[lane]) << unused >> unused);
  }
}

void read_integers(const Warp& w, const Operand& o, Type type, int64_t (&values)[LANES]) {
  switch (o.bytes) {
    case 1: return read_as<uint8_t>(w, o, type, values);
    case 2: return read_as<uint16_t>(w, o, type, values);
    case 4: return read_as<uint32_t>(w, o, type, values);
    default: return read_as<uint64_t>(w, o, type, values);
  }
}

void read_reals(const Warp& w, const Operand& o, Type type, bool ftz, double (&values)[LANES]) {
  if (type == Type::F64) {
    std::memcpy(values, w.at<double>(o), sizeof(values));
    return;
  }
  for (int lane = 0; lane < LANES; lane++) {
    switch (type) {
      case Type::F16: values[lane] = half_value(w.at<uint16_t>(o)[lane]); break;
      case Type::BF16: values[lane] = brain_value(w.at<uint16_t>(o)[lane]); break;
      default: values[lane] = ftz ? flush(w.at<float>(o)[lane]) : w.at<float>(o)[lane];
    }
  }
}

template <class Register>
void write_as(Warp& w, const Operand& o, const int64_t (&values)[LANES], uint32_t active) {
  Register r[LANES];
  for (int lane = 0; lane < LANES; lane++) r[lane] = Register(values[lane]);
  w.write(o, r, active);
}

// `values` are already extended from the type's width, so that a wider register is filled as PTX says.
void write_integers(Warp& w, const Operand& o, const int64_t (&values)[LANES], uint32_t active) {
  switch (o.bytes) {
    case 1: return write_as<uint8_t>(w, o, values, active);
    case 2: return write_as<uint16_t>(w, o, values, active);
    case 4: return write_as<uint32_t>(w, o, values, active);
    default: return write_as<uint64_t>(w, o, values, active);
  }
}

struct Range {
  __int128 least, greatest;
};
Range range_of(Type type) {
  unsigned bits = 8 * size_of(type);
  if (is_signed(type)) return {-(__int128(1) << (bits - 1)), (__int128(1) << (bits - 1)) - 1};
  return {0, (__int128(1) << bits) - 1};
}

int64_t narrowed(int64_t value, Type type) {
  unsigned unused = 64 - 8 * size_of(type);
  return is_signed(type) ? int64_t(uint64_t(value) << unused) >> unused : int64_t(uint64_t(value) << unused >> unused);
}

void integer_to_integer(Warp& w, const Instruction& i, uint32_t active) {
  Form form = form_of(i);
  Range range = range_of(form.to);
  int64_t values[LANES];
  read_integers(w, i.o[1], form.from, values);
  for (int64_t& value : values) {
    if (i.variant & SAT) {
      __int128 exact = is_signed(form.from) ? __int128(value) : __int128(uint64_t(value));
      value = int64_t(std::min(std::max(exact, range.least), range.greatest));
    } else {
      value = narrowed(value, form.to);
    }
  }
  write_integers(w, i.o[0], values, active);
}

double integral(double x, Rounding mode) {
  switch (mode) {
    case Rounding::ZERO: return std::trunc(x);
    case Rounding::DOWN: return std::floor(x);
    case Rounding::UP: return std::ceil(x);
    default: return std::nearbyint(x);
  }
}

// Out of range saturates; NaN becomes 0.
void real_to_integer(Warp& w, const Instruction& i, uint32_t active) {
  Form form = form_of(i);
  Range range = range_of(form.to);
  double least = double(range.least), greatest = double(range.greatest);
  double reals[LANES];
  int64_t values[LANES];
  read_reals(w, i.o[1], form.from, i.variant & FTZ, reals);
  for (int lane = 0; lane < LANES; lane++) {
    double x = integral(reals[lane], form.rounding);
    if (std::isnan(x)) values[lane] = 0;
    else if (x <= least) values[lane] = int64_t(range.least);
    else if (x >= greatest) values[lane] = int64_t(range.greatest);
    else values[lane] = form.to == Type::U64 ? int64_t(uint64_t(x)) : int64_t(x);
  }
  write_integers(w, i.o[0], values, active);
}

uint16_t short_bits(Type type, double value, Rounding mode) {
  return type == Type::F16 ? to_half(value, mode) : to_brain(value, mode);
}

void integer_to_real(Warp& w, const Instruction& i, uint32_t active) {
  Form form = form_of(i);
  bool positive = !is_signed(form.from);
  int64_t values[LANES];
  read_integers(w, i.o[1], form.from, values);
  if (form.to == Type::F32 || form.to == Type::F64) {
    RoundingScope scope(form.rounding);
    float singles[LANES];
    double doubles[LANES];
    for (int lane = 0; lane < LANES; lane++) {
      singles[lane] = positive ? float(uint64_t(values[lane])) : float(values[lane]);
      doubles[lane] = positive ? double(uint64_t(values[lane])) : double(values[lane]);
    }
    if (form.to == Type::F32) w.write(i.o[0], singles, active);
    else w.write(i.o[0], doubles, active);
    return;
  }
  uint16_t shorts[LANES];
  for (int lane = 0; lane < LANES; lane++) {
    shorts[lane] = short_bits(form.to, positive ? double(uint64_t(values[lane])) : double(values[lane]), form.rounding);
  }
  w.write(i.o[0], shorts, active);
}

double finished(double x, uint8_t flags) {
  if (flags & SAT) x = x > 0 ? (x < 1 ? x : 1.0) : 0.0;
  if ((flags & RELU) && !(x > 0) && !std::isnan(x)) x = 0.0;
  return x;
}

void real_to_real(Warp& w, const Instruction& i, uint32_t active) {
  Form form = form_of(i);
  double values[LANES];
  read_reals(w, i.o[1], form.from, i.variant & FTZ, values);
  for (double& value : values) {
    if (i.variant & TO_INTEGRAL) value = integral(value, form.rounding);
    value = finished(value, i.variant);
  }
  if (form.to == Type::F64) return w.write(i.o[0], values, active);
  if (form.to == Type::F32) {
    RoundingScope scope(i.variant & TO_INTEGRAL ? Rounding::NEAREST : form.rounding);
    float singles[LANES];
    for (int lane = 0; lane < LANES; lane++) singles[lane] = i.variant & FTZ ? flush(float(values[lane])) : float(values[lane]);
    return w.write(i.o[0], singles, active);
  }
  if (form.to == Type::TF32) {
    uint32_t words[LANES];
    for (int lane = 0; lane < LANES; lane++) words[lane] = encode(values[lane], TENSOR_FLOAT, form.rounding) << 13;
    return w.write(i.o[0], words, active);
  }
  uint16_t shorts[LANES];
  for (int lane = 0; lane < LANES; lane++) shorts[lane] = short_bits(form.to, values[lane], form.rounding);
  w.write(i.o[0], shorts, active);
}

// cvt.rn.bf16x2.f32 d, a, b: a in the upper half.
void reals_to_pair(Warp& w, const Instruction& i, uint32_t active) {
  Form form = form_of(i);
  Type part = form.to == Type::F16X2 ? Type::F16 : Type::BF16;
  const float* a = w.at<float>(i.o[1]);
  const float* b = w.at<float>(i.o[2]);
  uint32_t r[LANES];
  for (int lane = 0; lane < LANES; lane++) {
    uint32_t upper = short_bits(part, finished(a[lane], i.variant), form.rounding);
    r[lane] = upper << 16 | short_bits(part, finished(b[lane], i.variant), form.rounding);
  }
  w.write(i.o[0], r, active);
}

template <class To>
struct Cast {
  template <class From>
  static To apply(From a) {
    return To(a);
  }
};

// The conversions that fill kernels, vectorised.
Execute common(Type to, Type from, uint8_t register_to, uint8_t register_from) {
  if (register_to != size_of(to) || register_from != size_of(from)) return nullptr;
  bool word = from == Type::U32 || from == Type::B32, wide_to = to == Type::U64 || to == Type::S64 || to == Type::B64;
  if (wide_to && word) return unary<Cast<uint64_t>, uint64_t, uint32_t>;
  if (wide_to && from == Type::S32) return unary<Cast<int64_t>, int64_t, int32_t>;
  if (size_of(to) == 4 && !is_floating(to) && size_of(from) == 8 && !is_floating(from))
    return unary<Cast<uint32_t>, uint32_t, uint64_t>;
  if (to == Type::F32 && from == Type::S32) return unary<Cast<float>, float, int32_t>;
  if (to == Type::F32 && from == Type::U32) return unary<Cast<float>, float, uint32_t>;
  if (to == Type::F64 && from == Type::F32) return unary<Cast<double>, double, float>;
  if (to == Type::F32 && from == Type::F64) return unary<Cast<float>, float, double>;
  return nullptr;
}

Rounding take_rounding(Decoder& d, bool* integral_rounding) {
  static const Rounding modes[] = {Rounding::NEAREST, Rounding::ZERO, Rounding::DOWN, Rounding::UP, Rounding::AWAY};
  int integral_mode = d.take_one_of({"rni", "rzi", "rmi", "rpi"});
  *integral_rounding = integral_mode >= 0;
  if (integral_mode >= 0) return modes[integral_mode];
  int mode = d.take_one_of({"rn", "rz", "rm", "rp", "rna"});
  return modes[std::max(mode, 0)];
}

void decode_cvt(Decoder& d) {
  bool to_integral;
  Rounding rounding = take_rounding(d, &to_integral);
  if (d.take("ftz")) d.out.variant |= FTZ;
  if (d.take("sat")) d.out.variant |= SAT;
  if (d.take("relu")) d.out.variant |= RELU;
  if (to_integral) d.out.variant |= TO_INTEGRAL;
  Type to = d.type(), from = d.type();
  d.out.immediate = packed({to, from, rounding});
  bool pair = to == Type::F16X2 || to == Type::BF16X2;
  d.expect_operands(pair ? 3 : 2, pair ? 3 : 2);
  d.wide_result(d.text(0), to);
  if (pair) {
    if (from != Type::F32) d.fail("pairs come from .f32");
    d.source(d.text(1), from);
    d.source(d.text(2), from);
    d.out.execute = reals_to_pair;
    return;
  }
  d.wide_source(d.text(1), from);
  bool plain = d.out.variant == 0 && rounding == Rounding::NEAREST;
  if (plain) d.out.execute = common(to, from, d.out.o[0].bytes, d.out.o[1].bytes);
  if (d.out.execute) return;
  if (is_floating(to)) d.out.execute = is_floating(from) ? real_to_real : integer_to_real;
  else d.out.execute = is_floating(from) ? real_to_integer : integer_to_integer;
}

}  // namespace

void add_conversion(DecodeTable& table) { table["cvt"] = decode_cvt; }

}  // namespace vgpu
