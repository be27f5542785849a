// Variables: declarations such as ".align 4 .b8 table[16] = {1, 2}", and the ones that live on the device heap.
#include <algorithm>
#include <cstring>

#include "literal.h"
#include "parser.h"

namespace vgpu {

Parser::Variable Parser::variable(const std::string& text) {
  Variable v;
  v.line = cursor_.line();
  size_t equals = text.find('=');
  std::string heading = text.substr(0, equals);
  if (equals != std::string::npos) v.initialiser = trim(text.substr(equals + 1));
  uint64_t vector = 1, elements = 1;
  bool sized = true;
  size_t at = 0;
  while ((at = heading.find_first_not_of(" \t\r\n", at)) != std::string::npos) {
    size_t end = std::min(heading.find_first_of(" \t\r\n", at), heading.size());
    std::string word = heading.substr(at, end - at);
    at = end;
    int64_t value;
    if (word == ".v2" || word == ".v4") vector = word[2] - '0';
    else if (auto type = type_named(word.substr(1)); word[0] == '.' && type) v.type = *type;
    else if (parse_integer(word, &value)) v.alignment = uint32_t(value);  // the number after .align
    else if (word[0] != '.') v.name += word;
  }
  for (size_t bracket = v.name.find('['); bracket != std::string::npos; bracket = v.name.find('[', bracket + 1)) {
    int64_t count;
    std::string inside = v.name.substr(bracket + 1, v.name.find(']', bracket) - bracket - 1);
    if (inside.empty()) sized = false;
    else if (parse_integer(inside, &count)) elements *= uint64_t(count);
    else throw ParseError(v.line, "the size of '" + v.name + "' is not understood");
  }
  v.name = v.name.substr(0, v.name.find('['));
  uint32_t element = size_of(v.type) * uint32_t(vector);
  v.alignment = std::max(v.alignment, element);
  v.bytes = sized ? elements * element : 0;
  return v;
}

void Parser::declare_global(const Variable& v, Space space) {
  uint64_t bytes = v.bytes;
  if (bytes == 0) throw ParseError(v.line, "the variable '" + v.name + "' has no size");
  uint64_t address = Memory::device().allocate_variable(bytes, v.alignment);
  if (address == 0) throw ParseError(v.line, "no memory for the variable '" + v.name + "'");
  module_.variables_[v.name] = {address, bytes};
  scopes_.declare(0, v.name, {Symbol::VARIABLE, v.type, space, address, ~0u, {}}, v.line);
  if (!v.initialiser.empty()) initialise(v, address);
}

void Parser::initialise(const Variable& v, uint64_t address) {
  std::string list = v.initialiser;
  std::erase_if(list, [](char c) { return c == '{' || c == '}'; });
  uint32_t element = size_of(v.type);
  uint64_t at = 0;
  for (const auto& text : split_list(list)) {
    uint64_t bits;
    const Symbol* other = scopes_.find(0, text);
    if (other && other->kind == Symbol::VARIABLE) bits = other->address;
    else if (!parse_literal(text, v.type, &bits)) throw ParseError(v.line, "the value '" + text + "' is not understood");
    if (at + element > v.bytes) throw ParseError(v.line, "too many values for '" + v.name + "'");
    std::memcpy(reinterpret_cast<void*>(address + at), &bits, element);
    at += element;
  }
}

std::unique_ptr<Module> Module::parse(const std::string& ptx, std::string* error) {
  std::unique_ptr<Module> module(new Module);
  try {
    Parser(ptx, *module).parse();
  } catch (const ParseError& e) {
    if (error) *error = e.what();
    return nullptr;
  }
  return module;
}

Module::~Module() {
  for (const auto& [name, variable] : variables_) Memory::device().free(variable.address);
}

const Kernel* Module::find(const std::string& name) const {
  auto found = kernels_.find(name);
  return found == kernels_.end() ? nullptr : found->second.get();
}

std::vector<const Kernel*> Module::kernels() const {
  std::vector<const Kernel*> list;
  for (const auto& [name, kernel] : kernels_) list.push_back(kernel.get());
  return list;
}

bool Module::global(const std::string& name, uint64_t* address, size_t* bytes) {
  auto found = variables_.find(name);
  if (found == variables_.end()) return false;
  if (address) *address = found->second.address;
  if (bytes) *bytes = found->second.bytes;
  return true;
}

}  // namespace vgpu
