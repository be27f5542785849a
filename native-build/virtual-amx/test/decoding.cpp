// The decoder against the assembler.

#include "check.h"

using vamx::Instruction;
using vamx::Operation;

namespace {

// Every base with every index, scale and kind of displacement. Encodings differ in length where the base is rsp, rbp, r12 or r13.
asm(R"(
.pushsection .rodata
moves:
.irp base, rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15
.irp index, rax, rcx, rdx, rbx, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15
  tileloadd (%\base,%\index,1), %tmm0
  tileloaddt1 -8(%\base,%\index,2), %tmm7
  tilestored %tmm3, 0x12345678(%\base,%\index,4)
  ldtilecfg 0x40(%\base,%\index,8)
.endr
  tileloadd -0x12345678(%\base), %tmm5
  sttilecfg (%\base)
.endr
products:
.irp c, 0, 1, 2, 3, 4, 5, 6, 7
.irp a, 0, 1, 2, 3, 4, 5, 6, 7
.irp b, 0, 1, 2, 3, 4, 5, 6, 7
.if \c != \a && \a != \b && \b != \c
  tdpbf16ps %tmm\b, %tmm\a, %tmm\c
.endif
.endr
.endr
.endr
others:
  tilezero %tmm6
  tilerelease
  tileloadd 0x1000(,%r9,8), %tmm1
  ldtilecfg 0x1000
  ldtilecfg relative(%rip)
relative:
  ldtilecfg %fs:-8
  tilestored %tmm2, %fs:-8(%rax,%rbx,1)
end:
.popsection
)");
extern "C" const uint8_t moves[] asm("moves"), product_codes[] asm("products"), others[] asm("others"), end[] asm("end");

constexpr int REGISTERS[] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                             REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};
constexpr int RSP = 4;

// Goes over code with registers that tell each other apart.
struct Walk {
  gregset_t registers = {};

  explicit Walk(const uint8_t* code) {
    for (int r = 0; r < 16; r++) registers[REGISTERS[r]] = int64_t(0x9E3779B97F4A7C15 * uint64_t(r + 1));
    registers[REG_RIP] = reinterpret_cast<greg_t>(code);
  }

  uint64_t value(int r) const { return uint64_t(registers[REGISTERS[r]]); }
  const uint8_t* at() const { return reinterpret_cast<const uint8_t*>(registers[REG_RIP]); }

  Instruction next(Operation expected) {
    std::optional<Instruction> i = vamx::decode(registers);
    CHECK(i && i->operation == expected);
    registers[REG_RIP] += i->length;
    return *i;
  }

  void expect_move(Operation operation, unsigned tile, uint64_t address, uint64_t stride) {
    Instruction i = next(operation);
    CHECK(i.tile == tile && i.address == address && i.stride == stride);
  }
  void expect_config(Operation operation, uint64_t address) { CHECK(next(operation).address == address); }
};

void every_address_is_understood() {
  Walk walk(moves);
  for (int base = 0; base < 16; base++) {
    uint64_t start = walk.value(base);
    for (int index = 0; index < 16; index++) {
      if (index == RSP) continue;
      uint64_t step = walk.value(index);
      walk.expect_move(Operation::LOAD, 0, start, step);
      walk.expect_move(Operation::LOAD, 7, start - 8, 2 * step);
      walk.expect_move(Operation::STORE, 3, start + 0x12345678, 4 * step);
      walk.expect_config(Operation::LOAD_CONFIG, start + 0x40 + 8 * step);
    }
    walk.expect_move(Operation::LOAD, 5, start - 0x12345678, 0);
    walk.expect_config(Operation::STORE_CONFIG, start);
  }
  CHECK(walk.at() == product_codes);
}

void every_product_is_understood() {
  Walk walk(product_codes);
  for (unsigned c = 0; c < 8; c++) {
    for (unsigned a = 0; a < 8; a++) {
      for (unsigned b = 0; b < 8; b++) {
        if (c == a || a == b || b == c) continue;
        Instruction i = walk.next(Operation::PRODUCT);
        CHECK(i.tile == c && i.left == a && i.right == b && i.length == 5);
      }
    }
  }
  CHECK(walk.at() == others);
}


void the_rest_is_understood() {
  Walk walk(others);
  uint64_t block = reinterpret_cast<uint64_t>(__builtin_thread_pointer());
  CHECK(walk.next(Operation::ZERO).tile == 6);
  walk.next(Operation::RELEASE);
  walk.expect_move(Operation::LOAD, 1, 0x1000, 8 * walk.value(9));
  walk.expect_config(Operation::LOAD_CONFIG, 0x1000);
  Instruction relative = walk.next(Operation::LOAD_CONFIG);
  CHECK(relative.address == uint64_t(walk.registers[REG_RIP]));
  walk.expect_config(Operation::LOAD_CONFIG, block - 8);
  walk.expect_move(Operation::STORE, 2, block - 8 + walk.value(0), walk.value(3));
  CHECK(walk.at() == end);
}

void all_else_is_refused() {
  constexpr uint8_t codes[][8] = {
      {0x0F, 0x0B},                                // ud2
      {0xC5, 0xFB, 0x49, 0xC0},                    // VEX of two bytes
      {0xC4, 0xE1, 0x7B, 0x49, 0xC0},              // another map
      {0xC4, 0xE2, 0xFB, 0x49, 0xC0},              // tilezero with W
      {0xC4, 0xE2, 0x7F, 0x49, 0xC0},              // with L
      {0xC4, 0x62, 0x7B, 0x49, 0xC0},              // of tile 8
      {0xC4, 0xE2, 0x7B, 0x49, 0xC1},              // with rm
      {0xC4, 0xE2, 0x73, 0x49, 0xC0},              // with vvvv
      {0xC4, 0xE2, 0x7B, 0x49, 0x00},              // of memory
      {0xC4, 0xE2, 0x78, 0x49, 0xC1},              // tilerelease with rm
      {0xC4, 0xE2, 0x78, 0x49, 0x08},              // ldtilecfg with reg
      {0xC4, 0xE2, 0x70, 0x49, 0x00},              // with vvvv
      {0xC4, 0xE2, 0x79, 0x49, 0xC0},              // sttilecfg of a register
      {0xC4, 0xE2, 0x7B, 0x4B, 0x00},              // tileloadd without SIB
      {0xC4, 0xE2, 0x7B, 0x4B, 0xC4},              // of a register
      {0xC4, 0x62, 0x7B, 0x4B, 0x04, 0x08},        // of tile 8
      {0xC4, 0xE2, 0x78, 0x4B, 0x04, 0x08},        // no such prefix
      {0xC4, 0xE2, 0x6A, 0x5C, 0x01},              // tdpbf16ps of memory
      {0xC4, 0xC2, 0x6A, 0x5C, 0xC1},              // of tile 9
      {0xC4, 0xE2, 0x32, 0x5C, 0xC1},              // the same, elsewhere
      {0xC4, 0xE2, 0x6B, 0x5C, 0xC1},              // tdpfp16ps
      {0xC4, 0xE2, 0x6B, 0x5E, 0xC1},              // tdpbssd
  };
  for (const auto& code : codes) CHECK(!vamx::decode(Walk(code).registers));
}

}  // namespace

void decoding() {
  every_address_is_understood();
  every_product_is_understood();
  the_rest_is_understood();
  all_else_is_refused();
}
