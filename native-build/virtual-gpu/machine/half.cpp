// f16 and bf16 arithmetic, one or two values to a register: computed in double, rounded once.
#include "arithmetic.h"
#include "lanes.h"
#include "rounding.h"

namespace vgpu {
namespace {

struct HalfFormat {
  static double value(uint16_t bits) { return half_value(bits); }
  static uint16_t bits(double value) { return to_half(value); }
};
struct BrainFormat {
  static double value(uint16_t bits) { return brain_value(bits); }
  static uint16_t bits(double value) { return to_brain(value); }
};

struct Add { static double apply(double a, double b, double) { return a + b; } };
struct Sub { static double apply(double a, double b, double) { return a - b; } };
struct Mul { static double apply(double a, double b, double) { return a * b; } };
struct Fma { static double apply(double a, double b, double c) { return std::fma(a, b, c); } };
struct Abs { static double apply(double a, double, double) { return std::fabs(a); } };
struct Neg { static double apply(double a, double, double) { return -a; } };
template <bool MAX, bool PROPAGATE>
struct Extremum {
  static double apply(double a, double b, double) {
    if (PROPAGATE && (std::isnan(a) || std::isnan(b))) return NAN;
    if (std::isnan(a)) return b;
    if (std::isnan(b)) return a;
    if (a == b) return std::signbit(a) == MAX ? b : a;
    return (a < b) == MAX ? b : a;
  }
};

enum Finish : uint8_t { SATURATE = 1, RELU = 2 };

double finish(double x, uint8_t how) {
  if (how & SATURATE) x = x > 0 ? (x < 1 ? x : 1.0) : 0.0;
  if ((how & RELU) && !(x > 0) && !std::isnan(x)) x = 0.0;
  return x;
}

// T: uint16_t for one value, uint32_t for two. Sources that the operation lacks read as zero.
template <class F, class FORMAT, class T>
void execute(Warp& w, const Instruction& i, uint32_t active) {
  static const T zeros[LANES] = {};
  const T* a = w.at<T>(i.o[1]);
  const T* b = i.operands > 2 ? w.at<T>(i.o[2]) : zeros;
  const T* c = i.operands > 3 ? w.at<T>(i.o[3]) : zeros;
  T r[LANES] = {};
  for (int lane = 0; lane < LANES; lane++) {
    for (unsigned shift = 0; shift < 8 * sizeof(T); shift += 16) {
      auto part = [&](T whole) { return FORMAT::value(uint16_t(whole >> shift)); };
      double value = finish(F::apply(part(a[lane]), part(b[lane]), part(c[lane])), i.variant);
      r[lane] |= T(T(FORMAT::bits(value)) << shift);
    }
  }
  w.write(i.o[0], r, active);
}

template <class F>
void decode_form(Decoder& d, Type type, size_t sources) {
  d.take("rn");
  if (d.take("sat")) d.out.variant |= SATURATE;
  if (d.take("relu")) d.out.variant |= RELU;
  same_type_operands(d, type, sources);
  switch (type) {
    case Type::F16: d.out.execute = execute<F, HalfFormat, uint16_t>; break;
    case Type::F16X2: d.out.execute = execute<F, HalfFormat, uint32_t>; break;
    case Type::BF16: d.out.execute = execute<F, BrainFormat, uint16_t>; break;
    case Type::BF16X2: d.out.execute = execute<F, BrainFormat, uint32_t>; break;
    default: break;
  }
}

template <bool MAX>
void decode_extremum(Decoder& d, Type type) {
  if (d.take("NaN")) return decode_form<Extremum<MAX, true>>(d, type, 2);
  decode_form<Extremum<MAX, false>>(d, type, 2);
}

}  // namespace

void decode_half(Decoder& d, Arithmetic operation, Type type) {
  switch (operation) {
    case Arithmetic::ADD: return decode_form<Add>(d, type, 2);
    case Arithmetic::SUB: return decode_form<Sub>(d, type, 2);
    case Arithmetic::MUL: return decode_form<Mul>(d, type, 2);
    case Arithmetic::FMA: return decode_form<Fma>(d, type, 3);
    case Arithmetic::ABS: return decode_form<Abs>(d, type, 1);
    case Arithmetic::NEG: return decode_form<Neg>(d, type, 1);
    case Arithmetic::MIN: return decode_extremum<false>(d, type);
    case Arithmetic::MAX: return decode_extremum<true>(d, type);
    default: d.fail("half precision has no such operation");
  }
}

}  // namespace vgpu
