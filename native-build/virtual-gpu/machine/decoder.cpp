#include "decoder.h"

#include <cstring>

#include "literal.h"
#include "special_registers.h"

namespace vgpu {
namespace {

const DecodeTable& decode_table() {
  static const DecodeTable table = [] {
    DecodeTable t;
    for (auto add : {add_integer, add_logic, add_bit_fields, add_floating, add_special_functions, add_comparison, add_conversion,
                     add_movement, add_loads_and_stores, add_atomics, add_async_copies, add_tensor, add_control, add_barriers,
                     add_exchange}) {
      add(t);
    }
    return t;
  }();
  return table;
}

// "mma.sync", "ld.global", "add": the opcode and its first modifier, types left out.
std::string opcode_name(const Statement& s) {
  if (s.modifiers.empty() || type_named(s.modifiers[0])) return s.opcode;
  return s.opcode + "." + s.modifiers[0];
}

}  // namespace

int Scopes::open(int parent) {
  scopes_.push_back({parent, {}});
  return int(scopes_.size()) - 1;
}

void Scopes::declare(int scope, const std::string& name, Symbol symbol, int line) {
  if (!scopes_[scope].symbols.emplace(name, std::move(symbol)).second) throw ParseError(line, name + " is declared twice");
}

Symbol* Scopes::find(int scope, const std::string& name) {
  for (; scope >= 0; scope = scopes_[scope].parent) {
    auto found = scopes_[scope].symbols.find(name);
    if (found != scopes_[scope].symbols.end()) return &found->second;
  }
  return nullptr;
}

Decoder::Decoder(Program& program, Scopes& scopes, const Statement& statement, Instruction& instruction)
    : out(instruction), program_(program), scopes_(scopes), statement_(statement), taken_(statement.modifiers.size()) {}

void Decoder::fail(const std::string& what) const { throw ParseError(statement_.line, what + " in '" + statement_.text + "'"); }

bool Decoder::take(const char* modifier) {
  for (size_t i = 0; i < taken_.size(); i++) {
    if (!taken_[i] && statement_.modifiers[i] == modifier) return taken_[i] = true;
  }
  return false;
}

int Decoder::take_one_of(std::initializer_list<const char*> modifiers) {
  int position = 0;
  for (const char* modifier : modifiers) {
    if (take(modifier)) return position;
    position++;
  }
  return -1;
}

std::optional<Type> Decoder::take_type() {
  for (size_t i = 0; i < taken_.size(); i++) {
    if (taken_[i]) continue;
    if (auto type = type_named(statement_.modifiers[i])) {
      taken_[i] = true;
      return type;
    }
  }
  return {};
}

Type Decoder::type() {
  auto type = take_type();
  if (!type) fail("a type is missing");
  return *type;
}

void Decoder::finish() {
  for (size_t i = 0; i < taken_.size(); i++) {
    if (!taken_[i]) fail("." + statement_.modifiers[i] + " is not understood");
  }
}

const std::string& Decoder::text(size_t operand) const {
  if (operand >= statement_.operands.size()) fail("an operand is missing");
  return statement_.operands[operand];
}

void Decoder::expect_operands(size_t least, size_t most) {
  if (operand_count() < least || operand_count() > most) fail("the number of operands is wrong");
}

void Decoder::append(Operand operand) {
  if (out.operands == out.o.size()) fail("too many operands");
  out.o[out.operands++] = operand;
}

uint32_t Decoder::place_register(uint32_t bytes) {
  uint32_t step = bytes == 0 ? 4 : bytes * LANES;
  uint32_t offset = program_.register_bytes;
  if (step >= 32) offset = (offset + 31) & ~31u;  // vectors of the host's
  program_.register_bytes = offset + step;
  return offset;
}

Operand Decoder::register_operand(Symbol& symbol) {
  if (symbol.offset == ~0u) {
    symbol.offset = place_register(size_of(symbol.type));
    program_.registers++;
  }
  return {symbol.offset, Operand::REGISTER, uint8_t(size_of(symbol.type)), false};
}

std::optional<Operand> Decoder::special(const std::string& text) {
  auto what = special_named(text);
  if (!what) return {};
  for (const auto& known : program_.specials) {
    if (known.what == *what) return Operand{known.offset, Operand::REGISTER, 4, false};
  }
  uint32_t offset = place_register(4);
  program_.specials.push_back({*what, offset});
  return Operand{offset, Operand::REGISTER, 4, false};
}

Operand Decoder::constant(uint64_t bits, uint32_t bytes) {
  uint32_t step = bytes == 0 ? 4 : bytes;
  if (step < 8) bits &= (uint64_t(1) << (8 * step)) - 1;
  auto [known, fresh] = program_.constant_offsets.try_emplace({bits, bytes}, uint32_t(program_.constants.size()));
  if (!fresh) return {known->second, Operand::CONSTANT, uint8_t(bytes), false};
  uint8_t value[8];
  std::memcpy(value, &bits, sizeof(value));
  uint32_t offset = uint32_t(program_.constants.size());
  program_.constants.resize(offset + std::max(32u, step * LANES));
  for (int lane = 0; lane < LANES; lane++) std::memcpy(&program_.constants[offset + lane * step], value, step);
  return {offset, Operand::CONSTANT, uint8_t(bytes), false};
}

bool Decoder::literal(const std::string& text, Type type, uint64_t* bits) const {
  if (type == Type::PRED) {
    int64_t value;
    if (!parse_integer(text, &value)) return false;
    *bits = value ? ~uint64_t(0) : 0;
    return true;
  }
  return parse_literal(text, type, bits);
}

const Symbol* Decoder::symbol(const std::string& text) { return scopes_.find(statement_.scope, text); }

Operand Decoder::resolve(const std::string& text, Type type) {
  if (text == "_") return {};
  Symbol* found = scopes_.find(statement_.scope, text);
  if (found && found->kind == Symbol::REGISTER) return register_operand(*found);
  if (auto operand = special(text)) return *operand;
  uint64_t bits;
  if (literal(text, type, &bits)) return constant(bits, size_of(type));
  std::string name = text;
  int64_t displacement = 0;
  if (size_t plus = text.find_first_of("+-", 1); plus != std::string::npos) {
    name = trim(text.substr(0, plus));
    std::string number = trim(text.substr(text[plus] == '+' ? plus + 1 : plus));
    if (!parse_integer(number, &displacement)) fail(text + " is not understood");
    found = scopes_.find(statement_.scope, name);
  }
  if (found && found->kind == Symbol::VARIABLE) return constant(found->address + uint64_t(displacement), size_of(type));
  fail(text + " is not known");
}

void Decoder::result(const std::string& text, Type type) {
  Operand operand = resolve(text, type);
  if (operand.place == Operand::CONSTANT) fail(text + " cannot be written");
  if (operand.wanted() && operand.bytes != size_of(type)) fail(text + " has another width than the instruction");
  append(operand);
}

void Decoder::source(const std::string& text, Type type) {
  Operand operand = resolve(text, type);
  if (!operand.wanted() || operand.bytes != size_of(type)) fail(text + " has another width than the instruction");
  append(operand);
}

void Decoder::wide_result(const std::string& text, Type type) {
  Operand operand = resolve(text, type);
  if (operand.place == Operand::CONSTANT) fail(text + " cannot be written");
  if (operand.wanted() && operand.bytes < size_of(type)) fail(text + " is narrower than the instruction");
  append(operand);
}

void Decoder::wide_source(const std::string& text, Type type) {
  Operand operand = resolve(text, type);
  if (!operand.wanted() || operand.bytes < size_of(type)) fail(text + " is narrower than the instruction");
  append(operand);
}

void Decoder::predicate(const std::string& text) {
  bool negated = text.starts_with('!');
  Operand operand = resolve(negated ? trim(text.substr(1)) : text, Type::PRED);
  if (operand.wanted() && operand.bytes != 0) fail(text + " is no predicate");
  operand.negated = negated;
  append(operand);
}

void Decoder::address(const std::string& text, Space space) {
  if (!text.starts_with('[') || !text.ends_with(']')) fail("an address in brackets is expected, not " + text);
  std::string inner = trim(text.substr(1, text.size() - 2));
  size_t plus = inner.find_first_of("+-", 1);
  std::string name = trim(inner.substr(0, plus));
  int64_t displacement = 0;
  if (plus != std::string::npos) {
    std::string number = trim(inner.substr(inner[plus] == '+' ? plus + 1 : plus));
    if (number.starts_with("+")) number = number.substr(1);
    if (!parse_integer(number, &displacement)) fail(text + " is not understood");
  }
  out.access.space = space;
  out.access.displacement = displacement;
  Operand base = resolve(name, Type::U64);
  if (base.bytes != 4 && base.bytes != 8) fail(name + " cannot hold an address");
  out.access.base = base;
}

std::vector<std::string> Decoder::vector(const std::string& text) const {
  if (!text.starts_with('{')) return {text};
  return split_list(std::string_view(text).substr(1, text.size() - 2));
}

uint32_t Decoder::constant_integer(const std::string& text) {
  int64_t value;
  if (!parse_integer(text, &value)) fail(text + " must be a constant");
  return uint32_t(value);
}

uint32_t Decoder::label(const std::string& text) {
  const Symbol* found = symbol(text);
  if (!found || found->kind != Symbol::LABEL) fail("the label " + text + " is not known");
  return uint32_t(found->address);
}

const std::vector<std::string>& Decoder::label_list(const std::string& text) {
  const Symbol* found = symbol(text);
  if (!found || found->kind != Symbol::LABEL_LIST) fail("the list of branch targets " + text + " is not known");
  return found->labels;
}

std::optional<Space> Decoder::take_space() {
  if (take("global")) return Space::GLOBAL;
  if (take("shared") || take("shared::cta")) return Space::SHARED;
  if (take("local")) return Space::LOCAL;
  if (take("const")) return Space::CONSTANT;
  if (take("param")) return Space::PARAMETER;
  return {};
}

void decode(Program& program, Scopes& scopes, const Statement& statement) {
  Instruction instruction;
  instruction.line = statement.line;
  Decoder decoder(program, scopes, statement, instruction);
  auto found = decode_table().find(statement.opcode);
  if (found == decode_table().end()) decoder.fail("the instruction " + statement.opcode + " is not understood");
  found->second(decoder);
  decoder.finish();
  if (!instruction.execute) decoder.fail("this form of " + statement.opcode + " is not understood");
  if (!statement.guard.empty()) {
    Instruction scratch;
    Decoder guard(program, scopes, statement, scratch);
    guard.predicate(statement.guard);
    instruction.guard = scratch.o[0];
  }
  program.instructions.push_back(std::move(instruction));
  program.text.push_back(statement.text);
  program.opcodes.push_back(opcode_name(statement));
}

}  // namespace vgpu
