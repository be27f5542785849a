// mma.sync and ldmatrix. Products and sums in double, rounded once: compare with a tolerance.
#include "access.h"
#include "block.h"
#include "lanes.h"
#include "rounding.h"

namespace vgpu {
namespace {

constexpr int M = 16, N = 8;

float tensor_float(uint32_t bits) { return std::bit_cast<float>(bits & 0xFFFFE000u); }  // hardware ignores the low bits

// Element `part` of a register of A or B.
template <Type TYPE>
double element(uint32_t word, int part) {
  if constexpr (TYPE == Type::TF32) return tensor_float(word);
  uint16_t bits = uint16_t(word >> (16 * part));
  return TYPE == Type::F16 ? half_value(bits) : brain_value(bits);
}

void all_lanes_needed(const Warp& w, uint32_t active) {
  if (active != ALL_LANES) w.fault(Fault::ILLEGAL_INSTRUCTION, "needs all 32 lanes, and some have left the kernel");
}

// A, (16, K): register r of lane 4g+t holds row g + 8 (r mod 2), columns from P t + 4 P (r div 2), P elements a register.
// B, (K, 8): register r of lane 4g+t holds column g, rows from P t + 4 P r.
template <Type TYPE, int K>
struct Product {
  static constexpr int P = TYPE == Type::TF32 ? 1 : 2;
  static constexpr int A_REGISTERS = M * K / LANES / P, B_REGISTERS = N * K / LANES / P;
  double a[M][K], b[K][N];

  void gather(const Warp& w, const Instruction& i, int first) {
    for (int r = 0; r < A_REGISTERS; r++) {
      const uint32_t* words = w.at<uint32_t>(i.o[first + r]);
      for (int lane = 0; lane < LANES; lane++) {
        for (int p = 0; p < P; p++)
          a[lane / 4 + 8 * (r % 2)][P * (lane % 4) + 4 * P * (r / 2) + p] = element<TYPE>(words[lane], p);
      }
    }
    for (int r = 0; r < B_REGISTERS; r++) {
      const uint32_t* words = w.at<uint32_t>(i.o[first + A_REGISTERS + r]);
      for (int lane = 0; lane < LANES; lane++) {
        for (int p = 0; p < P; p++) b[P * (lane % 4) + 4 * P * r + p][lane / 4] = element<TYPE>(words[lane], p);
      }
    }
  }

  void add_to(double (&c)[M][N]) const {
    for (int m = 0; m < M; m++) {
      for (int k = 0; k < K; k++) {
        for (int n = 0; n < N; n++) c[m][n] += a[m][k] * b[k][n];
      }
    }
  }
};

// C and D, (16, 8): lane 4g+t holds rows g and g + 8, columns 2t and 2t + 1. f32: four registers; f16: two of two.
template <bool SHORT>
double accumulator(const Warp& w, const Instruction& i, int first, int lane, int e) {
  if constexpr (SHORT) return half_value(uint16_t(w.at<uint32_t>(i.o[first + e / 2])[lane] >> (16 * (e % 2))));
  else return w.at<float>(i.o[first + e])[lane];
}

template <Type TYPE, int K, bool SHORT>
void execute_mma(Warp& w, const Instruction& i, uint32_t active) {
  all_lanes_needed(w, active);
  constexpr int registers = SHORT ? 2 : 4;
  Product<TYPE, K> product;
  product.gather(w, i, registers);
  int sources = registers + product.A_REGISTERS + product.B_REGISTERS;
  double c[M][N];
  auto place = [&](int lane, int e) -> double& { return c[lane / 4 + 8 * (e / 2)][2 * (lane % 4) + e % 2]; };
  for (int lane = 0; lane < LANES; lane++) {
    for (int e = 0; e < 4; e++) place(lane, e) = accumulator<SHORT>(w, i, sources, lane, e);
  }
  product.add_to(c);
  for (int r = 0; r < registers; r++) {
    if constexpr (SHORT) {
      uint32_t words[LANES];
      for (int lane = 0; lane < LANES; lane++)
        words[lane] = to_half(place(lane, 2 * r)) | uint32_t(to_half(place(lane, 2 * r + 1))) << 16;
      w.write(i.o[r], words, ALL_LANES);
    } else {
      float values[LANES];
      for (int lane = 0; lane < LANES; lane++) values[lane] = float(place(lane, r));
      w.write(i.o[r], values, ALL_LANES);
    }
  }
}

Execute choose_mma(Type type, int k, bool short_sums) {
  if (type == Type::F16 && k == 16) return short_sums ? execute_mma<Type::F16, 16, true> : execute_mma<Type::F16, 16, false>;
  if (type == Type::F16 && k == 8) return short_sums ? execute_mma<Type::F16, 8, true> : execute_mma<Type::F16, 8, false>;
  if (short_sums) return nullptr;
  if (type == Type::BF16)
    return k == 16 ? execute_mma<Type::BF16, 16, false> : k == 8 ? execute_mma<Type::BF16, 8, false> : nullptr;
  if (type == Type::TF32)
    return k == 8 ? execute_mma<Type::TF32, 8, false> : k == 4 ? execute_mma<Type::TF32, 4, false> : nullptr;
  return nullptr;
}

void decode_mma(Decoder& d) {
  d.take("sync");
  d.take("aligned");
  int shape = d.take_one_of({"m16n8k16", "m16n8k8", "m16n8k4"});
  if (shape < 0) d.fail("the shape is not understood");
  int k = 16 >> shape;
  if (!d.take("row") || !d.take("col")) d.fail("A must be by rows, B by columns");
  Type result = d.type(), a = d.type(), b = d.type(), c = d.type();
  if (a != b || result != c || (result != Type::F32 && result != Type::F16))
    d.fail("this combination of types is not understood");
  bool short_sums = result == Type::F16;
  size_t per_register = a == Type::TF32 ? 1 : 2, sums = short_sums ? 2 : 4;
  size_t counts[4] = {sums, size_t(M * k) / LANES / per_register, size_t(N * k) / LANES / per_register, sums};
  d.expect_operands(4, 4);
  for (size_t operand = 0; operand < 4; operand++) {
    auto registers = d.vector(d.text(operand));
    if (registers.size() != counts[operand]) d.fail("a fragment has the wrong number of registers");
    Type type = operand == 0 || operand == 3 ? result : Type::B32;
    if (type == Type::F16) type = Type::B32;
    for (const auto& name : registers) operand == 0 ? d.result(name, type) : d.source(name, type);
  }
  d.out.converges = true;
  d.out.execute = choose_mma(a, k, short_sums);
}

// Matrix j of 8×8 b16: row r is at the address of lane 8j + r; lane 4g+t gets elements 2t, 2t+1 of row g (.trans: of column g).
void execute_ldmatrix(Warp& w, const Instruction& i, uint32_t active) {
  all_lanes_needed(w, active);
  uint64_t addresses[LANES];
  addresses_of(w, i.access, addresses);
  for (int j = 0; j < i.results; j++) {
    uint16_t matrix[8][8];
    for (int row = 0; row < 8; row++) {
      int lane = 8 * j + row;
      uint64_t address = in_window(addresses[lane], SHARED_WINDOW) ? addresses[lane] - SHARED_WINDOW : addresses[lane];
      if (address % 16) w.fault(Fault::MISALIGNED, "row address " + hexadecimal(address) + " is no multiple of 16", lane);
      std::memcpy(matrix[row], locate_shared(w, {Intent::READ, Strength::WEAK, lane, w.pc()}, address, 16), 16);
    }
    uint32_t words[LANES];
    for (int lane = 0; lane < LANES; lane++) {
      int g = lane / 4, t = lane % 4;
      uint16_t low = i.variant ? matrix[2 * t][g] : matrix[g][2 * t],
               high = i.variant ? matrix[2 * t + 1][g] : matrix[g][2 * t + 1];
      words[lane] = low | uint32_t(high) << 16;
    }
    w.write(i.o[j], words, ALL_LANES);
  }
}

void decode_ldmatrix(Decoder& d) {
  d.take("sync");
  d.take("aligned");
  if (!d.take("m8n8")) d.fail("the shape is not understood");
  int count = d.take_one_of({"x1", "x2", "x4"});
  if (count < 0) d.fail(".x1, .x2 or .x4 is missing");
  d.out.variant = d.take("trans");
  Space space = d.take_space().value_or(Space::GENERIC);
  d.type();
  d.expect_operands(2, 2);
  auto registers = d.vector(d.text(0));
  if (registers.size() != size_t(1) << count) d.fail("the number of registers is wrong");
  for (const auto& name : registers) d.result(name, Type::B32);
  d.out.results = uint8_t(registers.size());
  d.address(d.text(1), space);
  d.out.converges = true;
  d.out.execute = execute_ldmatrix;
}

}  // namespace

void add_tensor(DecodeTable& table) {
  table["mma"] = decode_mma;
  table["ldmatrix"] = decode_ldmatrix;
}

}  // namespace vgpu
