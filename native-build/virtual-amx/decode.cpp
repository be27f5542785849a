// All seven have the three-byte VEX prefix: C4, then R̄X̄B̄ and the map (0F38), then W, v̄v̄v̄v̄, L and pp (SDM volume 2, 2.3).
#include "decode.h"

#include <cstring>

namespace vamx {
namespace {

constexpr uint8_t FS = 0x64, VEX = 0xC4;
constexpr unsigned MAP_0F38 = 2;
enum Prefix { NONE, P66, PF3, PF2 };  // as pp counts them

// As the encoding counts the registers.
constexpr int REGISTERS[] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                             REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};

// Reads no byte that the instruction has not: the next page may not be there.
struct Code {
  const uint8_t* at;

  bool take(uint8_t expected) {
    if (*at != expected) return false;
    at++;
    return true;
  }
  template <class T>
  T next() {
    T value;
    memcpy(&value, at, sizeof value);
    at += sizeof value;
    return value;
  }
};

struct Fields {
  unsigned r, x, b;  // 8 where set: they extend reg, the index, and rm or the base
  unsigned v, pp;    // v: the third register, 0 where there is none
  unsigned mod, reg, rm;

  bool memory() const { return mod != 3; }
  bool has_sib() const { return memory() && rm == 4; }
};

struct Address {
  uint64_t start, step;  // step: the scaled index
};

std::optional<Operation> operation(unsigned opcode, const Fields& f) {
  bool one_operand = f.v == 0;
  switch (opcode << 4 | f.pp) {
    case 0x490 | NONE:
      if (!one_operand || f.reg != 0 || f.r) return {};
      if (f.memory()) return Operation::LOAD_CONFIG;
      if (f.rm == 0 && !f.b) return Operation::RELEASE;
      return {};
    case 0x490 | P66:
      if (one_operand && f.memory() && f.reg == 0 && !f.r) return Operation::STORE_CONFIG;
      return {};
    case 0x490 | PF2:
      if (one_operand && !f.memory() && f.rm == 0 && !f.b && !f.r) return Operation::ZERO;
      return {};
    case 0x4B0 | PF2:
    case 0x4B0 | P66:  // TILELOADDT1: the same, with a hint to the caches
      if (one_operand && f.has_sib() && !f.r) return Operation::LOAD;
      return {};
    case 0x4B0 | PF3:
      if (one_operand && f.has_sib() && !f.r) return Operation::STORE;
      return {};
    case 0x5C0 | PF3:
      if (!f.memory() && !f.r && !f.b && f.v < 8) return Operation::PRODUCT;
      return {};
    default: return {};
  }
}

uint64_t displacement(Code& code, unsigned mod, bool no_base) {
  if (mod == 1) return uint64_t(int64_t(code.next<int8_t>()));
  if (mod == 2 || no_base) return uint64_t(int64_t(code.next<int32_t>()));
  return 0;
}

Address address(Code& code, const Fields& f, const gregset_t& registers) {
  auto value = [&](unsigned number) { return uint64_t(registers[REGISTERS[number]]); };
  unsigned base = f.rm;
  uint64_t step = 0;
  if (f.has_sib()) {
    uint8_t sib = code.next<uint8_t>();
    unsigned index = (sib >> 3 & 7) | f.x;
    if (index != 4) step = value(index) << (sib >> 6);  // rsp's number stands for no index
    base = sib & 7;
  }
  bool no_base = f.mod == 0 && base == 5;  // whatever B says
  uint64_t start = displacement(code, f.mod, no_base);
  if (!no_base) return {start + value(base | f.b), step};
  if (f.has_sib()) return {start, step};
  return {start + reinterpret_cast<uint64_t>(code.at), step};  // relative to the next instruction, and nothing follows the offset
}

uint64_t thread_pointer() {
  uint64_t pointer;  // the first word of the block that fs points to is its own address
  asm("mov %%fs:0, %0" : "=r"(pointer));
  return pointer;
}

}  // namespace

std::optional<Instruction> decode(const gregset_t& registers) {
  const auto* start = reinterpret_cast<const uint8_t*>(registers[REG_RIP]);
  Code code = {start};
  bool thread_local_operand = code.take(FS);
  if (!code.take(VEX)) return {};
  unsigned rxb = code.next<uint8_t>() ^ 0xE0, rest = code.next<uint8_t>() ^ 0x78;
  bool wide = rest & 0x80, long_vector = rest & 4;
  if ((rxb & 0x1F) != MAP_0F38 || wide || long_vector) return {};
  unsigned opcode = code.next<uint8_t>(), modrm = code.next<uint8_t>();
  Fields f = {rxb >> 4 & 8, rxb >> 3 & 8, rxb >> 2 & 8, rest >> 3 & 15, rest & 3, modrm >> 6, modrm >> 3 & 7, modrm & 7};
  std::optional<Operation> which = operation(opcode, f);
  if (!which) return {};
  Address where = f.memory() ? address(code, f, registers) : Address{0, 0};
  if (thread_local_operand) where.start += thread_pointer();
  bool config = *which == Operation::LOAD_CONFIG || *which == Operation::STORE_CONFIG;
  return Instruction{.operation = *which, .length = unsigned(code.at - start), .tile = f.reg, .left = f.rm, .right = f.v,
                     .address = where.start + (config ? where.step : 0), .stride = where.step};
}

}  // namespace vamx
