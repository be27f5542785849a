// From a statement to an instruction: names become places, opcode and modifiers a function.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "instruction.h"
#include "source.h"

namespace vgpu {

// What a name means in a scope.
struct Symbol {
  enum Kind { REGISTER, VARIABLE, LABEL, LABEL_LIST } kind = REGISTER;
  Type type = Type::B32;
  Space space = Space::GENERIC;     // VARIABLE
  uint64_t address = 0;             // VARIABLE: where in its space; LABEL: index of the instruction
  uint32_t offset = ~0u;            // REGISTER: given a place when first used
  std::vector<std::string> labels;  // LABEL_LIST
};

// The nested { } of a kernel. Scope 0 is the module's; a name is looked up outwards.
class Scopes {
 public:
  int open(int parent);
  void declare(int scope, const std::string& name, Symbol symbol, int line);
  Symbol* find(int scope, const std::string& name);
  int parent(int scope) const { return scopes_[scope].parent; }

 private:
  struct Scope {
    int parent;
    std::unordered_map<std::string, Symbol> symbols;
  };
  std::vector<Scope> scopes_;
};

// One statement in the making. A decode function takes every modifier that it understands; what is left over is an error.
class Decoder {
 public:
  Decoder(Program& program, Scopes& scopes, const Statement& statement, Instruction& out);

  [[noreturn]] void fail(const std::string& what) const;

  bool take(const char* modifier);                                // true, once, where the modifier is there
  int take_one_of(std::initializer_list<const char*> modifiers);  // its position in the list, -1 for none
  std::optional<Type> take_type();                                // the first type among the modifiers that are left
  Type type();                                                    // the same, required
  void finish();                                                  // every modifier was taken

  size_t operand_count() const { return statement_.operands.size(); }
  const std::string& text(size_t operand) const;
  void expect_operands(size_t least, size_t most);

  // Each adds the next operand to the instruction, as wide as `type`, and says so where the register is not.
  void result(const std::string& text, Type type);
  void source(const std::string& text, Type type);
  // The same where PTX allows a register wider than the type (ld, st, cvt).
  void wide_result(const std::string& text, Type type);
  void wide_source(const std::string& text, Type type);
  void predicate(const std::string& text);
  void append(Operand operand);

  void address(const std::string& text, Space space);              // "[%rd1+16]" → out.access.base, displacement
  std::vector<std::string> vector(const std::string& text) const;  // "{a, b}" → a, b; anything else → itself
  uint32_t constant_integer(const std::string& text);
  uint32_t label(const std::string& text);
  const std::vector<std::string>& label_list(const std::string& text);
  std::optional<Space> take_space();

  Operand resolve(const std::string& text, Type type);
  Operand constant(uint64_t bits, uint32_t bytes);
  const Symbol* symbol(const std::string& text);

  Instruction& out;
  const std::string& opcode() const { return statement_.opcode; }

 private:
  Operand register_operand(Symbol& symbol);
  std::optional<Operand> special(const std::string& text);
  bool literal(const std::string& text, Type type, uint64_t* bits) const;
  uint32_t place_register(uint32_t bytes);

  Program& program_;
  Scopes& scopes_;
  const Statement& statement_;
  std::vector<bool> taken_;
};

using Decode = void (*)(Decoder& decoder);
using DecodeTable = std::unordered_map<std::string, Decode>;

// Each instruction class adds its opcodes.
void add_integer(DecodeTable& table);
void add_logic(DecodeTable& table);
void add_bit_fields(DecodeTable& table);
void add_floating(DecodeTable& table);
void add_special_functions(DecodeTable& table);
void add_comparison(DecodeTable& table);
void add_conversion(DecodeTable& table);
void add_movement(DecodeTable& table);
void add_loads_and_stores(DecodeTable& table);
void add_atomics(DecodeTable& table);
void add_async_copies(DecodeTable& table);
void add_tensor(DecodeTable& table);
void add_control(DecodeTable& table);
void add_barriers(DecodeTable& table);
void add_exchange(DecodeTable& table);

void decode(Program& program, Scopes& scopes, const Statement& statement);

}  // namespace vgpu
