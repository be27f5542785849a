// Single instructions against values worked out from the PTX manual.
#include <bit>
#include <cmath>

#include "harness.h"

namespace vgpu::test {
namespace {

// A kernel of one thread around `text`. Argument k is in %r<k>, %d<k>, %h<k>, %f<k>, %e<k>: as 32, 64, 16 bits, f32 and f64; the
// result is read from %r0, %d0, %h0, %f0, %e0 or %p0, as `result` says.
Outcome evaluate(const std::string& text, char result, const std::vector<uint64_t>& arguments, uint64_t* value,
                 uint32_t threads = 1) {
  std::string ptx =
      ".version 7.1\n.target sm_80\n.address_size 64\n.visible .entry k(.param .u64 out, .param .u64 in)\n{\n"
      ".reg .b16 %h<8>; .reg .b32 %r<8>; .reg .f32 %f<8>; .reg .b64 %d<8>; .reg .f64 %e<8>; .reg .pred %p<4>; .reg .b64 %out, "
      "%in;\n"
      ".shared .align 16 .b8 scratch[64];\n"
      "ld.param.u64 %out, [out]; ld.param.u64 %in, [in];\nmov.b64 %d0, 0; mov.b32 %r0, 0; mov.b16 %h0, 0;\n";
  for (size_t k = 1; k <= arguments.size(); k++) {
    std::string at = "[%in+" + std::to_string(8 * k - 8) + "];\n", n = std::to_string(k);
    ptx += "ld.global.b64 %d" + n + ", " + at + "ld.global.b32 %r" + n + ", " + at + "ld.global.b16 %h" + n + ", " + at +
           "ld.global.f32 %f" + n + ", " + at + "ld.global.f64 %e" + n + ", " + at;
  }
  const char* store = result == 'r'   ? "st.global.b32 [%out], %r0;"
                      : result == 'd' ? "st.global.b64 [%out], %d0;"
                      : result == 'h' ? "st.global.b16 [%out], %h0;"
                      : result == 'f' ? "st.global.f32 [%out], %f0;"
                      : result == 'e' ? "st.global.f64 [%out], %e0;"
                                      : "selp.b32 %r0, 1, 0, %p0; st.global.b32 [%out], %r0;";
  ptx += text + "\n" + store + "\nret;\n}\n";
  std::string error;
  auto m = Module::parse(ptx, &error);
  if (!m) return {Fault::UNSUPPORTED, error};
  Array<uint64_t> out(std::vector<uint64_t>{0}), in(arguments.empty() ? std::vector<uint64_t>{0} : arguments);
  Outcome outcome = launch(*m, "k", {{1}, {threads}}, out.data(), in.data());
  *value = out[0];
  return outcome;
}

void expect(const char* text, char result, const std::vector<uint64_t>& arguments, uint64_t expected) {
  uint64_t value = 0;
  Outcome outcome = evaluate(text, result, arguments, &value);
  if (outcome.fault == Fault::NONE && value == expected) return;
  std::printf("%s gives %llx, not %llx %s\n", text, (unsigned long long)value, (unsigned long long)expected,
              outcome.message.c_str());
  failures++;
}

uint64_t f(float x) { return std::bit_cast<uint32_t>(x); }
uint64_t e(double x) { return std::bit_cast<uint64_t>(x); }
const uint64_t NOT_A_NUMBER = 0x7FC00000, INF = 0x7F800000;

FACT(integerArithmetic) {
  expect("add.s32 %r0, %r1, %r2;", 'r', {0x7FFFFFFF, 1}, 0x80000000);
  expect("add.sat.s32 %r0, %r1, %r2;", 'r', {0x7FFFFFFF, 1}, 0x7FFFFFFF);
  expect("sub.sat.s32 %r0, %r1, %r2;", 'r', {0x80000000, 1}, 0x80000000);
  expect("mul.lo.s32 %r0, %r1, %r2;", 'r', {0xFFFFFFFF, 7}, 0xFFFFFFF9);
  expect("mul.hi.u32 %r0, %r1, %r2;", 'r', {0xD2511F53, 0xFFFFFFFF}, 0xD2511F52);
  expect("mul.hi.s32 %r0, %r1, %r2;", 'r', {0xFFFFFFFF, 7}, 0xFFFFFFFF);
  expect("mul.hi.u64 %d0, %d1, %d2;", 'd', {~0ull, ~0ull}, ~0ull - 1);
  expect("mul.wide.u32 %d0, %r1, %r2;", 'd', {0xFFFFFFFF, 0xFFFFFFFF}, 0xFFFFFFFE00000001);
  expect("mul.wide.s32 %d0, %r1, %r2;", 'd', {0xFFFFFFFF, 3}, ~0ull - 2);
  expect("mul.wide.s16 %r0, %h1, %h2;", 'r', {0xFFFF, 3}, 0xFFFFFFFD);
  expect("mul.lo.s16 %h0, %h1, %h2;", 'h', {0xFFFF, 0xFFFF}, 1);
  expect("mul.lo.u16 %h0, %h1, %h2;", 'h', {0xFFFF, 0xFFFF}, 1);
  expect("mad.lo.s32 %r0, %r1, %r2, %r3;", 'r', {5, 6, 7}, 37);
  expect("mad.hi.u32 %r0, %r1, %r2, %r3;", 'r', {0x80000000, 4, 7}, 9);
  expect("mad.wide.u32 %d0, %r1, %r2, %d3;", 'd', {0xFFFFFFFF, 2, 1ull << 40}, (1ull << 40) + 0x1FFFFFFFE);
  expect("mad.wide.s32 %d0, %r1, %r2, %d3;", 'd', {0xFFFFFFFF, 2, 10}, 8);
  expect("div.s32 %r0, %r1, %r2;", 'r', {uint32_t(-7), 2}, uint32_t(-3));
  expect("rem.s32 %r0, %r1, %r2;", 'r', {uint32_t(-7), 2}, uint32_t(-1));
  expect("div.u64 %d0, %d1, %d2;", 'd', {~0ull, 10}, ~0ull / 10);
  expect("abs.s32 %r0, %r1;", 'r', {uint32_t(-7)}, 7);
  expect("neg.s64 %d0, %d1;", 'd', {7}, uint64_t(-7));
  expect("min.s32 %r0, %r1, %r2;", 'r', {uint32_t(-7), 2}, uint32_t(-7));
  expect("min.u32 %r0, %r1, %r2;", 'r', {uint32_t(-7), 2}, 2);
  expect("max.s64 %d0, %d1, %d2;", 'd', {uint64_t(-7), 2}, 2);
  expect("max.u16 %h0, %h1, %h2;", 'h', {0xFFFE, 2}, 0xFFFE);
  expect("sad.s32 %r0, %r1, %r2, %r3;", 'r', {uint32_t(-7), 2, 10}, 19);
  expect("add.cc.u32 %r0, %r1, %r2; addc.u32 %r0, %r3, 0;", 'r', {0xFFFFFFFF, 1, 4}, 5);
  expect("sub.cc.u32 %r0, %r1, %r2; subc.u32 %r0, %r3, 0;", 'r', {0, 1, 4}, 3);
  expect("mad.lo.cc.u32 %r4, %r1, %r2, %r3; madc.hi.u32 %r0, %r1, %r2, 0;", 'r', {0xFFFFFFFF, 1, 1}, 1);
}

FACT(bitsAndShifts) {
  expect("and.b32 %r0, %r1, 0xF0;", 'r', {0x1234}, 0x30);
  expect("not.b64 %d0, %d1;", 'd', {0}, ~0ull);
  expect("cnot.b32 %r0, %r1;", 'r', {0}, 1);
  expect("lop3.b32 %r0, %r1, %r2, %r3, 0x96;", 'r', {0xFF00FF00, 0x0F0F0F0F, 0x33333333}, 0xFF00FF00 ^ 0x0F0F0F0F ^ 0x33333333);
  expect("lop3.b32 %r0, %r1, %r2, %r3, 0xCA;", 'r', {0xFF00FF00, 0x12345678, 0x9ABCDEF0}, 0x12BC56F0);
  expect("shl.b32 %r0, %r1, %r2;", 'r', {1, 31}, 0x80000000);
  expect("shl.b32 %r0, %r1, %r2;", 'r', {1, 32}, 0);
  expect("shr.u32 %r0, %r1, %r2;", 'r', {0x80000000, 40}, 0);
  expect("shr.s32 %r0, %r1, %r2;", 'r', {0x80000000, 40}, 0xFFFFFFFF);
  expect("shr.s64 %d0, %d1, %r2;", 'd', {uint64_t(-16), 2}, uint64_t(-4));
  expect("shr.s16 %h0, %h1, %r2;", 'h', {0x8000, 3}, 0xF000);
  expect("shf.l.wrap.b32 %r0, %r1, %r2, 8;", 'r', {0x11223344, 0xAABBCCDD}, 0xBBCCDD11);
  expect("shf.r.wrap.b32 %r0, %r1, %r2, 8;", 'r', {0x11223344, 0xAABBCCDD}, 0xDD112233);
  expect("shf.r.clamp.b32 %r0, %r1, %r2, 40;", 'r', {0x11223344, 0xAABBCCDD}, 0xAABBCCDD);
  expect("prmt.b32 %r0, %r1, %r2, 0x7531;", 'r', {0x33221100, 0x77665544}, 0x77553311);
  expect("prmt.b32 %r0, %r1, %r2, 0x8888;", 'r', {0x80, 0}, 0xFFFFFFFF);
  expect("popc.b64 %r0, %d1;", 'r', {0xF0F0F0F0F0F0F0F0}, 32);
  expect("clz.b32 %r0, %r1;", 'r', {0}, 32);
  expect("clz.b64 %r0, %d1;", 'r', {1}, 63);
  expect("brev.b32 %r0, %r1;", 'r', {0x80000001}, 0x80000001);
  expect("brev.b64 %d0, %d1;", 'd', {1}, 1ull << 63);
  expect("bfind.u32 %r0, %r1;", 'r', {0}, 0xFFFFFFFF);
  expect("bfind.u32 %r0, %r1;", 'r', {0x00010000}, 16);
  expect("bfind.s32 %r0, %r1;", 'r', {uint32_t(-5)}, 2);
  expect("bfind.shiftamt.u32 %r0, %r1;", 'r', {0x00010000}, 15);
  expect("bfe.u32 %r0, %r1, 8, 8;", 'r', {0x12345678}, 0x56);
  expect("bfe.s32 %r0, %r1, 4, 4;", 'r', {0x80}, 0xFFFFFFF8);
  expect("bfe.s32 %r0, %r1, 28, 8;", 'r', {0x80000000}, 0xFFFFFFF8);
  expect("bfi.b32 %r0, %r1, %r2, 8, 8;", 'r', {0xAB, 0x11223344}, 0x1122AB44);
}

FACT(floatingArithmetic) {
  expect("add.f32 %f0, %f1, %f2;", 'f', {f(1), f(0x1p-24f)}, f(1));
  expect("add.rp.f32 %f0, %f1, %f2;", 'f', {f(1), f(0x1p-24f)}, f(1 + 0x1p-23f));
  expect("add.rz.f32 %f0, %f1, %f2;", 'f', {f(-1), f(-0x1p-24f)}, f(-1));
  expect("mul.rm.f32 %f0, %f1, %f2;", 'f', {f(-1), f(0.1f)}, f(-0.1f));
  expect("fma.rn.f32 %f0, %f1, %f2, %f3;", 'f', {f(1 + 0x1p-23f), f(1 + 0x1p-23f), f(-1 - 0x1p-22f)}, f(0x1p-46f));
  expect("mul.f32 %f0, %f1, %f2;", 'f', {f(0x1p-100f), f(0x1p-40f)}, f(0x1p-140f));
  expect("mul.ftz.f32 %f0, %f1, %f2;", 'f', {f(0x1p-100f), f(-0x1p-40f)}, f(-0.0f));
  expect("add.ftz.f32 %f0, %f1, %f2;", 'f', {f(0x1p-140f), f(0)}, f(0));
  expect("add.sat.f32 %f0, %f1, %f2;", 'f', {f(0.75f), f(0.75f)}, f(1));
  expect("fma.rn.sat.f32 %f0, %f1, %f2, %f3;", 'f', {NOT_A_NUMBER, f(1), f(1)}, f(0));
  expect("div.rn.f32 %f0, %f1, %f2;", 'f', {f(1), f(3)}, f(1.0f / 3.0f));
  expect("div.approx.f32 %f0, %f1, %f2;", 'f', {f(1), f(0x1p127f)}, f(0));
  expect("sqrt.rn.f32 %f0, %f1;", 'f', {f(2)}, f(std::sqrt(2.0f)));
  expect("rcp.rn.f32 %f0, %f1;", 'f', {f(3)}, f(1.0f / 3.0f));
  expect("min.f32 %f0, %f1, %f2;", 'f', {NOT_A_NUMBER, f(3)}, f(3));
  expect("max.NaN.f32 %f0, %f1, %f2;", 'f', {NOT_A_NUMBER, f(3)}, NOT_A_NUMBER);
  expect("min.f32 %f0, %f1, %f2;", 'f', {f(0), f(-0.0f)}, f(-0.0f));
  expect("max.f32 %f0, %f1, %f2;", 'f', {f(-0.0f), f(0)}, f(0));
  expect("abs.f32 %f0, %f1;", 'f', {f(-2)}, f(2));
  expect("neg.f32 %f0, %f1;", 'f', {f(2)}, f(-2));
  expect("copysign.f32 %f0, %f1, %f2;", 'f', {f(-1), f(5)}, f(-5));
  expect("testp.subnormal.f32 %p0, %f1;", 'p', {f(0x1p-140f)}, 1);
  expect("testp.finite.f32 %p0, %f1;", 'p', {INF}, 0);
  expect("fma.rn.f64 %e0, %e1, %e2, %e3;", 'e', {e(3), e(0.1), e(1)}, e(std::fma(3, 0.1, 1)));
  expect("div.rn.f64 %e0, %e1, %e2;", 'e', {e(1), e(3)}, e(1.0 / 3));
  expect("sqrt.rn.f64 %e0, %e1;", 'e', {e(2)}, e(std::sqrt(2.0)));
  expect("ex2.approx.ftz.f32 %f0, %f1;", 'f', {f(10)}, f(1024));
  expect("lg2.approx.f32 %f0, %f1;", 'f', {f(1024)}, f(10));
  expect("rsqrt.approx.f32 %f0, %f1;", 'f', {f(16)}, f(0.25f));
  expect("tanh.approx.f32 %f0, %f1;", 'f', {f(0.5f)}, f(float(std::tanh(0.5))));
}

FACT(halfPrecisionArithmetic) {
  expect("add.f16x2 %r0, %r1, %r2;", 'r', {0x3C004000, 0x3C003C00}, 0x40004200);    // (1, 2) + (1, 1)
  expect("fma.rn.f16 %h0, %h1, %h2, %h3;", 'h', {0x4000, 0x4200, 0x3C00}, 0x4700);  // 2·3 + 1
  expect("fma.rn.bf16x2 %r0, %r1, %r2, %r3;", 'r', {0x40004000, 0x40404040, 0x3F803F80}, 0x40E040E0);
  expect("fma.rn.relu.bf16 %h0, %h1, %h2, %h3;", 'h', {0xC000, 0x4040, 0x3F80}, 0);
  expect("max.bf16 %h0, %h1, %h2;", 'h', {0x7FFF, 0x3F80}, 0x3F80);
  expect("min.NaN.f16 %h0, %h1, %h2;", 'h', {0x7FFF, 0x3C00}, 0x7FFF);
  expect("mul.f16 %h0, %h1, %h2;", 'h', {0x7BFF, 0x4000}, 0x7C00);  // overflow
  expect("tanh.approx.bf16x2 %r0, %r1;", 'r', {0x00007F80}, 0x00003F80);
  expect("setp.lt.f16 %p0, %h1, %h2;", 'p', {0x3C00, 0x4000}, 1);
}

FACT(conversions) {
  expect("cvt.rn.f32.s32 %f0, %r1;", 'f', {uint32_t(-16777217)}, f(-16777216.0f));
  expect("cvt.rp.f32.u32 %f0, %r1;", 'f', {16777217}, f(16777218.0f));
  expect("cvt.rn.f32.u64 %f0, %d1;", 'f', {~0ull}, f(0x1p64f));
  expect("cvt.rn.f64.s64 %e0, %d1;", 'e', {uint64_t(-5)}, e(-5));
  expect("cvt.rzi.s32.f32 %r0, %f1;", 'r', {f(-2.7f)}, uint32_t(-2));
  expect("cvt.rni.s32.f32 %r0, %f1;", 'r', {f(2.5f)}, 2);
  expect("cvt.rmi.s32.f32 %r0, %f1;", 'r', {f(-2.1f)}, uint32_t(-3));
  expect("cvt.rpi.s32.f32 %r0, %f1;", 'r', {f(2.1f)}, 3);
  expect("cvt.rzi.s32.f32 %r0, %f1;", 'r', {f(3e9f)}, 0x7FFFFFFF);
  expect("cvt.rzi.u32.f32 %r0, %f1;", 'r', {f(-3)}, 0);
  expect("cvt.rzi.s32.f32 %r0, %f1;", 'r', {NOT_A_NUMBER}, 0);
  expect("cvt.rzi.u8.f32 %h0, %f1;", 'h', {f(300)}, 255);
  expect("cvt.rmi.f32.f32 %f0, %f1;", 'f', {f(-2.5f)}, f(-3));
  expect("cvt.rni.f32.f32 %f0, %f1;", 'f', {f(3.5f)}, f(4));
  expect("cvt.sat.f32.f32 %f0, %f1;", 'f', {f(1.5f)}, f(1));
  expect("cvt.ftz.f32.f32 %f0, %f1;", 'f', {f(0x1p-140f)}, f(0));
  expect("cvt.rn.f32.f64 %f0, %e1;", 'f', {e(0.1)}, f(0.1f));
  expect("cvt.f64.f32 %e0, %f1;", 'e', {f(0.1f)}, e(0.1f));
  expect("cvt.u64.u32 %d0, %r1;", 'd', {0xFFFFFFFF}, 0xFFFFFFFF);
  expect("cvt.s64.s32 %d0, %r1;", 'd', {0xFFFFFFFF}, ~0ull);
  expect("cvt.u32.u64 %r0, %d1;", 'r', {0x123456789}, 0x23456789);
  expect("cvt.s32.s8 %r0, %r1;", 'r', {0x80}, 0xFFFFFF80);
  expect("cvt.u16.u32 %h0, %r1;", 'h', {0x12345}, 0x2345);
  expect("cvt.sat.u8.s32 %r0, %r1;", 'r', {uint32_t(-5)}, 0);
  expect("cvt.sat.s16.s32 %h0, %r1;", 'h', {100000}, 0x7FFF);
  expect("cvt.rn.f16.f32 %h0, %f1;", 'h', {f(65520)}, 0x7C00);
  expect("cvt.rz.f16.f32 %h0, %f1;", 'h', {f(65520)}, 0x7BFF);
  expect("cvt.rn.f16.f32 %h0, %f1;", 'h', {f(0x1.8p-24f)}, 2);  // ties to even among subnormals
  expect("cvt.f32.f16 %f0, %h1;", 'f', {1}, f(0x1p-24f));
  expect("cvt.rn.bf16.f32 %h0, %f1;", 'h', {0x3F808000}, 0x3F80);
  expect("cvt.rn.bf16.f32 %h0, %f1;", 'h', {0x3F818000}, 0x3F82);
  expect("cvt.rn.bf16.f32 %h0, %f1;", 'h', {NOT_A_NUMBER}, 0x7FFF);
  expect("cvt.rn.bf16.f32 %h0, %f1;", 'h', {0x7F7FFFFF}, 0x7F80);
  expect("cvt.rz.bf16.f32 %h0, %f1;", 'h', {0x3F81FFFF}, 0x3F81);
  expect("cvt.rn.bf16x2.f32 %r0, %f1, %f2;", 'r', {f(1), f(2)}, 0x3F804000);
  expect("cvt.rn.relu.f16x2.f32 %r0, %f1, %f2;", 'r', {f(-1), f(2)}, 0x4000);
  expect("cvt.rna.tf32.f32 %r0, %f1;", 'r', {0x3F801000}, 0x3F802000);
  expect("cvt.f32.bf16 %f0, %h1;", 'f', {0x3FC0}, f(1.5f));
}

FACT(comparisonsAndSelections) {
  expect("setp.lt.s32 %p0, %r1, %r2;", 'p', {uint32_t(-1), 1}, 1);
  expect("setp.lt.u32 %p0, %r1, %r2;", 'p', {uint32_t(-1), 1}, 0);
  expect("setp.hi.u32 %p0, %r1, %r2;", 'p', {uint32_t(-1), 1}, 1);
  expect("setp.lt.f32 %p0, %f1, %f2;", 'p', {NOT_A_NUMBER, f(1)}, 0);
  expect("setp.ne.f32 %p0, %f1, %f2;", 'p', {NOT_A_NUMBER, f(1)}, 0);
  expect("setp.neu.f32 %p0, %f1, %f2;", 'p', {NOT_A_NUMBER, f(1)}, 1);
  expect("setp.ltu.f32 %p0, %f1, %f2;", 'p', {NOT_A_NUMBER, f(1)}, 1);
  expect("setp.nan.f64 %p0, %e1, %e2;", 'p', {e(NAN), e(1)}, 1);
  expect("setp.gt.ftz.f32 %p0, %f1, %f2;", 'p', {f(0x1p-140f), f(0)}, 0);
  expect("setp.eq.s32 %p1|%p0, %r1, %r2;", 'p', {4, 5}, 1);
  expect("setp.eq.s32 %p1, 1, 1; setp.lt.and.s32 %p0, %r1, %r2, !%p1;", 'p', {4, 5}, 0);
  expect("setp.eq.s32 %p1, 1, 1; setp.gt.or.s32 %p0, %r1, %r2, %p1;", 'p', {4, 5}, 1);
  expect("set.lt.u32.s32 %r0, %r1, %r2;", 'r', {4, 5}, ~0u);
  expect("set.lt.f32.f32 %f0, %f1, %f2;", 'f', {f(4), f(5)}, f(1));
  expect("slct.b32.s32 %r0, %r1, %r2, %r3;", 'r', {4, 5, uint32_t(-1)}, 5);
  expect("slct.f32.f32 %f0, %f1, %f2, %f3;", 'f', {f(4), f(5), f(-0.0f)}, f(4));
  expect("mov.pred %p1, 1; not.pred %p0, %p1;", 'p', {}, 0);
  expect("mov.pred %p1, -1; mov.pred %p2, 0; xor.pred %p0, %p1, %p2;", 'p', {}, 1);
}

FACT(movesAndAddresses) {
  expect("mov.b32 %r0, {%h1, %h2};", 'r', {0x1111, 0x2222}, 0x22221111);
  expect("mov.b32 {%h3, %h0}, %r1;", 'h', {0x22221111}, 0x2222);
  expect("mov.b64 %d0, {%r1, %r2};", 'd', {1, 2}, 0x200000001);
  expect("mov.b64 {_, %r0}, %d1;", 'r', {0x200000001}, 2);
  expect("{ .reg .b32 %r0x; mov.b32 %r0x, 7; add.s32 %r0, %r0x, 1; }", 'r', {}, 8);
  expect("mov.u32 %r0, %ntid.x;", 'r', {}, 1);
  expect("mov.u64 %d1, scratch; cvta.shared.u64 %d2, %d1; isspacep.shared %p0, %d2;", 'p', {}, 1);
  expect("cvta.to.global.u64 %d1, %out; isspacep.global %p0, %d1;", 'p', {}, 1);
  expect("mov.u64 %d2, scratch; cvta.shared.u64 %d2, %d2; st.u32 [%d2+8], %r1; ld.shared.u32 %r0, [scratch+8];", 'r', {99}, 99);
  expect("st.shared.u8 [scratch], %r1; ld.shared.s8 %r0, [scratch];", 'r', {0xF0}, 0xFFFFFFF0);
  expect("st.shared.v2.b16 [scratch], {%h1, %h2}; ld.shared.b32 %r0, [scratch];", 'r', {0x1111, 0x2222}, 0x22221111);
  expect(
      "st.shared.u32 [scratch], %r1; atom.shared.add.u32 %r2, [scratch], 5; atom.shared.max.s32 %r3, [scratch], 3; ld.shared.u32 "
      "%r0, [scratch];",
      'r', {10}, 15);
  expect(
      "st.shared.u32 [scratch], %r1; atom.shared.cas.b32 %r2, [scratch], 10, 77; red.shared.inc.u32 [scratch], 77; ld.shared.u32 "
      "%r0, [scratch];",
      'r', {10}, 0);
  expect("add.f32 %f0, 0f3F800000, 0f40000000;", 'f', {}, f(3));
  expect("bra.uni SKIP; mov.b32 %r0, 1; SKIP: add.s32 %r0, %r0, 2;", 'r', {}, 2);
  expect("T: .branchtargets A, B; brx.idx %r1, T; A: mov.b32 %r0, 5; bra C; B: mov.b32 %r0, 6; C: add.s32 %r0, %r0, 0;", 'r', {1},
         6);
}

FACT(whatIsNotUnderstoodIsNamed) {
  uint64_t value;
  CHECK(ends_in(evaluate("frobnicate.b32 %r0, %r1;", 'r', {1}, &value), Fault::UNSUPPORTED,
                "the instruction frobnicate is not understood"));
  CHECK(ends_in(evaluate("add.odd.s32 %r0, %r1, %r1;", 'r', {1}, &value), Fault::UNSUPPORTED, ".odd is not understood"));
  CHECK(ends_in(evaluate("add.s32 %r0, %r1, %d1;", 'r', {1}, &value), Fault::UNSUPPORTED, "another width"));
  CHECK(ends_in(evaluate("add.s32 %r0, %r1, %r99;", 'r', {1}, &value), Fault::UNSUPPORTED, "%r99 is not known"));
  CHECK(ends_in(evaluate("bra NOWHERE;", 'r', {1}, &value), Fault::UNSUPPORTED, "NOWHERE"));
  CHECK(ends_in(evaluate("call.uni (%r0), vprintf, (%r1, %r1);", 'r', {1}, &value), Fault::UNSUPPORTED, "inline"));
  CHECK(ends_in(evaluate("trap;", 'r', {1}, &value), Fault::TRAP));
}

}  // namespace
}  // namespace vgpu::test
