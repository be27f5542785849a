// f32 and f64 arithmetic that IEEE 754 defines. Approximations are in special_functions.cpp.
#include "arithmetic.h"
#include "lanes.h"
#include "rounding.h"
#include "special_functions.h"

namespace vgpu {
namespace {

struct Add { template <class T> static T apply(T a, T b) { return a + b; } };
struct Sub { template <class T> static T apply(T a, T b) { return a - b; } };
struct Mul { template <class T> static T apply(T a, T b) { return a * b; } };
struct Div { template <class T> static T apply(T a, T b) { return a / b; } };
struct Fma {
  static float apply(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
  static double apply(double a, double b, double c) { return __builtin_fma(a, b, c); }
};
struct Sqrt { template <class T> static T apply(T a) { return std::sqrt(a); } };
struct Rcp { template <class T> static T apply(T a) { return T(1) / a; } };
struct Abs { template <class T> static T apply(T a) { return std::fabs(a); } };
struct Neg { template <class T> static T apply(T a) { return -a; } };
// copysign.type d, a, b: the sign of a, the magnitude of b.
struct Copysign { template <class T> static T apply(T a, T b) { return std::copysign(b, a); } };

// A number beats NaN, -0 is below +0; PROPAGATE: NaN beats a number.
template <bool MAX, bool PROPAGATE>
struct Extremum {
  template <class T>
  static T apply(T a, T b) {
    if (PROPAGATE && (std::isnan(a) || std::isnan(b))) return std::numeric_limits<T>::quiet_NaN();
    if (std::isnan(a)) return b;
    if (std::isnan(b)) return a;
    if (a == b) return std::signbit(a) == MAX ? b : a;
    return (a < b) == MAX ? b : a;
  }
};

template <class F, bool FTZ, bool SAT>
struct Dressed {
  static float in(float x) { return FTZ ? flush(x) : x; }
  static float out(float x) {
    x = FTZ ? flush(x) : x;
    return SAT ? saturate(x) : x;
  }
  static float apply(float a) { return out(F::apply(in(a))); }
  static float apply(float a, float b) { return out(F::apply(in(a), in(b))); }
  static float apply(float a, float b, float c) { return out(F::apply(in(a), in(b), in(c))); }
};

template <class F, class T, int SOURCES>
void plain(Warp& w, const Instruction& i, uint32_t active) {
  if constexpr (SOURCES == 1) unary<F, T, T>(w, i, active);
  else if constexpr (SOURCES == 2) binary<F, T, T>(w, i, active);
  else ternary<F, T, T>(w, i, active);
}

template <class F, class T, int SOURCES>
void rounded(Warp& w, const Instruction& i, uint32_t active) {
  RoundingScope scope(Rounding(i.variant));
  plain<F, T, SOURCES>(w, i, active);
}

template <class F, int SOURCES, bool FTZ, bool SAT>
Execute dressed(bool directed) {
  using D = Dressed<F, FTZ, SAT>;
  return directed ? rounded<D, float, SOURCES> : plain<D, float, SOURCES>;
}

// Takes .rn/.rz/.rm/.rp, .ftz and .sat.
template <class F, int SOURCES>
void decode_form(Decoder& d, Type type) {
  int mode = d.take_one_of({"rn", "rz", "rm", "rp"});
  bool directed = mode > 0;
  d.out.variant = uint8_t(directed ? mode : 0);
  same_type_operands(d, type, SOURCES);
  if (type == Type::F64) {
    d.out.execute = directed ? rounded<F, double, SOURCES> : plain<F, double, SOURCES>;
    return;
  }
  bool ftz = d.take("ftz"), sat = d.take("sat");
  if (ftz) d.out.execute = sat ? dressed<F, SOURCES, true, true>(directed) : dressed<F, SOURCES, true, false>(directed);
  else d.out.execute = sat ? dressed<F, SOURCES, false, true>(directed) : dressed<F, SOURCES, false, false>(directed);
}

template <bool MAX>
void decode_extremum(Decoder& d, Type type) {
  if (d.take("NaN")) return decode_form<Extremum<MAX, true>, 2>(d, type);
  decode_form<Extremum<MAX, false>, 2>(d, type);
}

template <class F, int SOURCES>
void decode_named(Decoder& d) {
  decode_form<F, SOURCES>(d, d.type());
}

enum class Test : uint8_t { FINITE, INFINITE, NUMBER, NOT_A_NUMBER, NORMAL, SUBNORMAL };

bool passes(Test test, int kind) {
  switch (test) {
    case Test::FINITE: return kind != FP_INFINITE && kind != FP_NAN;
    case Test::INFINITE: return kind == FP_INFINITE;
    case Test::NUMBER: return kind != FP_NAN;
    case Test::NOT_A_NUMBER: return kind == FP_NAN;
    case Test::NORMAL: return kind == FP_NORMAL;
    case Test::SUBNORMAL: return kind == FP_SUBNORMAL;
  }
  return false;
}

template <class T>
void execute_testp(Warp& w, const Instruction& i, uint32_t active) {
  const T* a = w.at<T>(i.o[1]);
  w.write_predicate(i.o[0], lanes_where([&](int lane) { return passes(Test(i.variant), std::fpclassify(a[lane])); }), active);
}

void decode_testp(Decoder& d) {
  int test = d.take_one_of({"finite", "infinite", "number", "notanumber", "normal", "subnormal"});
  if (test < 0) d.fail("the test is missing");
  d.out.variant = uint8_t(test);
  Type type = d.type();
  d.expect_operands(2, 2);
  d.predicate(d.text(0));
  d.source(d.text(1), type);
  d.out.execute = type == Type::F64 ? execute_testp<double> : execute_testp<float>;
}

// rcp, sqrt and div: exact where a rounding is named, an approximation otherwise.
template <class F>
void decode_exact_or(Decoder& d, Approximation approximation) {
  if (decode_approximation(d, approximation)) return;
  decode_form<F, 1>(d, d.type());
}

}  // namespace

void decode_floating(Decoder& d, Arithmetic operation, Type type) {
  switch (operation) {
    case Arithmetic::ADD: return decode_form<Add, 2>(d, type);
    case Arithmetic::SUB: return decode_form<Sub, 2>(d, type);
    case Arithmetic::MUL: return decode_form<Mul, 2>(d, type);
    case Arithmetic::MAD:
    case Arithmetic::FMA: return decode_form<Fma, 3>(d, type);
    case Arithmetic::DIV:
      if (decode_approximate_division(d, type)) return;
      return decode_form<Div, 2>(d, type);
    case Arithmetic::MIN: return decode_extremum<false>(d, type);
    case Arithmetic::MAX: return decode_extremum<true>(d, type);
    case Arithmetic::ABS: return decode_form<Abs, 1>(d, type);
    case Arithmetic::NEG: return decode_form<Neg, 1>(d, type);
    case Arithmetic::REM: d.fail("floating types have no rem");
  }
}

void add_floating(DecodeTable& table) {
  table["copysign"] = decode_named<Copysign, 2>;
  table["testp"] = decode_testp;
  table["rcp"] = [](Decoder& d) { decode_exact_or<Rcp>(d, Approximation::RCP); };
  table["sqrt"] = [](Decoder& d) { decode_exact_or<Sqrt>(d, Approximation::SQRT); };
}

}  // namespace vgpu
