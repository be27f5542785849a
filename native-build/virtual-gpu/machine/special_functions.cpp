#include "special_functions.h"

#include "block.h"
#include "lanes.h"
#include "rounding.h"

namespace vgpu {
namespace {

// A number in [-1, 1] that depends on the argument's bits only, so that a run can be repeated.
double noise(uint64_t bits) {
  bits = (bits ^ 0x9E3779B97F4A7C15u) * 0xBF58476D1CE4E5B9u;
  bits = (bits ^ bits >> 29) * 0x94D049BB133111EBu;
  return double(int64_t(bits ^ bits >> 32)) * 0x1p-63;
}

double reciprocal_of_root(double x) { return 1.0 / std::sqrt(x); }

// What the manual says of the error.
struct Bound {
  double relative, absolute;
};

struct Rcp {
  static float value(float x) { return 1.0f / x; }
  static constexpr Bound BOUND{0x1p-23, 0};
};
struct Root {
  static float value(float x) { return std::sqrt(x); }
  static constexpr Bound BOUND{0x1p-23, 0};
};
struct Rsqrt {
  static float value(float x) { return float(reciprocal_of_root(x)); }
  static constexpr Bound BOUND{0x1.2p-23, 0};
};
struct Ex2 {
  static float value(float x) { return std::exp2(x); }
  static constexpr Bound BOUND{0x1p-22, 0};
};
struct Lg2 {
  static float value(float x) { return std::log2(x); }
  static constexpr Bound BOUND{0, 0x1p-22};
};
struct Sin {
  static float value(float x) { return std::sin(x); }
  static constexpr Bound BOUND{0, 0x1p-20};
};
struct Cos {
  static float value(float x) { return std::cos(x); }
  static constexpr Bound BOUND{0, 0x1p-20};
};
struct Tanh {
  static float value(float x) { return float(std::tanh(double(x))); }
  static constexpr Bound BOUND{0x1p-11, 0};
};

template <class F>
float with_error(float exact, uint64_t argument) {
  if (!std::isfinite(exact) || exact == 0) return exact;
  return float(exact + noise(argument) * (F::BOUND.relative * exact + F::BOUND.absolute));
}

template <class F, bool FTZ>
void execute_f32(Warp& w, const Instruction& i, uint32_t active) {
  const float* a = w.at<float>(i.o[1]);
  bool erroneous = w.block.grid.switches.approximate;
  float r[LANES];
  for (int lane = 0; lane < LANES; lane++) {
    float x = FTZ ? flush(a[lane]) : a[lane];
    float y = F::value(x);
    if (erroneous) y = with_error<F>(y, std::bit_cast<uint32_t>(x));
    r[lane] = FTZ ? flush(y) : y;
  }
  w.write(i.o[0], r, active);
}

// rcp.approx.ftz.f64 and rsqrt.approx.f64: the low word of the result is zero.
template <class F, bool ROOT>
void execute_f64(Warp& w, const Instruction& i, uint32_t active) {
  const double* a = w.at<double>(i.o[1]);
  double r[LANES];
  for (int lane = 0; lane < LANES; lane++) {
    double exact = ROOT ? reciprocal_of_root(a[lane]) : 1.0 / a[lane];
    r[lane] = std::bit_cast<double>(std::bit_cast<uint64_t>(exact) & 0xFFFFFFFF00000000u);
  }
  w.write(i.o[0], r, active);
}

// The half-precision forms of ex2 and tanh, one or two to a register.
template <class F, bool BRAIN_FORMAT, int PARTS>
void execute_short(Warp& w, const Instruction& i, uint32_t active) {
  using T = std::conditional_t<PARTS == 2, uint32_t, uint16_t>;
  constexpr double bound = BRAIN_FORMAT ? 0x1p-8 : 0x1p-10;
  const T* a = w.at<T>(i.o[1]);
  bool erroneous = w.block.grid.switches.approximate;
  T r[LANES] = {};
  for (int lane = 0; lane < LANES; lane++) {
    for (int part = 0; part < PARTS; part++) {
      uint16_t bits = uint16_t(a[lane] >> (16 * part));
      double y = F::value(BRAIN_FORMAT ? brain_value(bits) : half_value(bits));
      if (erroneous) y += noise(bits) * bound * y;
      r[lane] |= T(T(BRAIN_FORMAT ? to_brain(y) : to_half(y)) << (16 * part));
    }
  }
  w.write(i.o[0], r, active);
}

template <class F>
Execute choose_short(Type type) {
  switch (type) {
    case Type::F16: return execute_short<F, false, 1>;
    case Type::F16X2: return execute_short<F, false, 2>;
    case Type::BF16: return execute_short<F, true, 1>;
    case Type::BF16X2: return execute_short<F, true, 2>;
    default: return nullptr;
  }
}

template <class F>
Execute choose_f32(bool ftz) {
  return ftz ? execute_f32<F, true> : execute_f32<F, false>;
}

Execute choose(Approximation function, Type type, bool ftz) {
  if (type == Type::F64) {
    if (function == Approximation::RCP) return execute_f64<Rcp, false>;
    return function == Approximation::RSQRT ? execute_f64<Rsqrt, true> : nullptr;
  }
  if (type != Type::F32) {
    if (function == Approximation::EX2) return choose_short<Ex2>(type);
    return function == Approximation::TANH ? choose_short<Tanh>(type) : nullptr;
  }
  switch (function) {
    case Approximation::RCP: return choose_f32<Rcp>(ftz);
    case Approximation::SQRT: return choose_f32<Root>(ftz);
    case Approximation::RSQRT: return choose_f32<Rsqrt>(ftz);
    case Approximation::EX2: return choose_f32<Ex2>(ftz);
    case Approximation::LG2: return choose_f32<Lg2>(ftz);
    case Approximation::SIN: return choose_f32<Sin>(ftz);
    case Approximation::COS: return choose_f32<Cos>(ftz);
    case Approximation::TANH: return choose_f32<Tanh>(ftz);
  }
  return nullptr;
}

// div.approx gives 0 for divisors above 2^126, where its reciprocal underflows; div.full scales first.
template <bool FULL, bool FTZ>
void execute_division(Warp& w, const Instruction& i, uint32_t active) {
  const float* a = w.at<float>(i.o[1]);
  const float* b = w.at<float>(i.o[2]);
  bool erroneous = w.block.grid.switches.approximate;
  float r[LANES];
  for (int lane = 0; lane < LANES; lane++) {
    float x = FTZ ? flush(a[lane]) : a[lane], y = FTZ ? flush(b[lane]) : b[lane];
    float quotient = x / y;
    bool tiny = !FULL && std::fabs(y) > 0x1p126f && std::fabs(y) < INFINITY;
    if (tiny) quotient = std::isinf(x) ? NAN : std::copysign(0.0f, quotient);
    if (erroneous) quotient = with_error<Ex2>(quotient, std::bit_cast<uint32_t>(x) * 31u + std::bit_cast<uint32_t>(y));
    r[lane] = FTZ ? flush(quotient) : quotient;
  }
  w.write(i.o[0], r, active);
}

template <Approximation FUNCTION>
void decode_function(Decoder& d) {
  if (!decode_approximation(d, FUNCTION)) d.fail("this function exists as .approx only");
}

}  // namespace

bool decode_approximation(Decoder& d, Approximation approximation) {
  if (!d.take("approx")) return false;
  bool ftz = d.take("ftz");
  Type type = d.type();
  same_type_operands(d, type, 1);
  d.out.execute = choose(approximation, type, ftz);
  return true;
}

bool decode_approximate_division(Decoder& d, Type type) {
  bool full = d.take("full");
  if (!full && !d.take("approx")) return false;
  bool ftz = d.take("ftz");
  if (type != Type::F32) d.fail("only .f32 divides approximately");
  same_type_operands(d, type, 2);
  if (full) d.out.execute = ftz ? execute_division<true, true> : execute_division<true, false>;
  else d.out.execute = ftz ? execute_division<false, true> : execute_division<false, false>;
  return true;
}

void add_special_functions(DecodeTable& table) {
  table["rsqrt"] = decode_function<Approximation::RSQRT>;
  table["ex2"] = decode_function<Approximation::EX2>;
  table["lg2"] = decode_function<Approximation::LG2>;
  table["sin"] = decode_function<Approximation::SIN>;
  table["cos"] = decode_function<Approximation::COS>;
  table["tanh"] = decode_function<Approximation::TANH>;
}

}  // namespace vgpu
