#include "parser.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "literal.h"

namespace vgpu {
namespace {

uint64_t aligned(uint64_t offset, uint64_t alignment) { return (offset + alignment - 1) / alignment * alignment; }

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  size_t at = 0;
  while ((at = text.find_first_not_of(" \t\r\n", at)) != std::string::npos) {
    size_t end = std::min(text.find_first_of(" \t\r\n", at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

uint32_t number(const std::string& text, int line) {
  int64_t value;
  if (!parse_integer(trim(text), &value)) throw ParseError(line, text + " is no number");
  return uint32_t(value);
}

// Falling off the end of a kernel leaves it, as ret does.
bool leaves(const std::vector<Statement>& statements) {
  if (statements.empty() || !statements.back().guard.empty()) return false;
  const std::string& opcode = statements.back().opcode;
  return opcode == "ret" || opcode == "exit" || opcode == "trap" || opcode == "bra" || opcode == "brx";
}

uint32_t narrowest_store(const Program& program) {
  uint32_t shift = 2;
  for (size_t i = 0; i < program.instructions.size(); i++) {
    const Access& access = program.instructions[i].access;
    bool writes = program.text[i].find("st.") != std::string::npos || program.text[i].find("atom") != std::string::npos ||
                  program.text[i].find("red") != std::string::npos;
    if (writes && access.element) shift = std::min(shift, uint32_t(std::countr_zero(access.bytes())));
  }
  return shift;
}

}  // namespace

Parser::Parser(const std::string& ptx, Module& module) : cursor_(ptx), module_(module) { scopes_.open(-1); }

void Parser::parse() {
  while (cursor_.peek()) directive();
}

void Parser::directive() {
  int line = cursor_.line();
  std::string word = cursor_.word();
  if (word == ".version") {
    std::string version = cursor_.word();
    size_t dot = version.find('.');
    module_.ptx_version_major = std::atoi(version.c_str());
    module_.ptx_version_minor = dot == std::string::npos ? 0 : std::atoi(version.c_str() + dot + 1);
  } else if (word == ".target") {
    target();
  } else if (word == ".address_size") {
    if (cursor_.word() != "64") throw ParseError(line, "only 64-bit addresses are understood");
  } else if (word == ".visible" || word == ".weak" || word == ".extern" || word == ".common") {
    directive();
  } else if (word == ".entry") {
    entry();
  } else if (word == ".func") {
    function();
  } else if (word == ".global" || word == ".const") {
    declare_global(variable(cursor_.until(';')), word == ".const" ? Space::CONSTANT : Space::GLOBAL);
  } else if (word == ".shared") {
    Variable shared = variable(cursor_.until(';'));
    (shared.bytes ? module_shared_ : dynamic_shared_).push_back(shared);
  } else if (word == ".file" || word == ".pragma" || word == ".alias") {
    cursor_.rest_of_line();
  } else if (word == ".section") {
    cursor_.until('{');
    cursor_.enclosed();
  } else if (!cursor_.accept(';')) {
    throw ParseError(line, "the directive '" + word + "' is not understood");
  }
}

void Parser::target() {
  for (const auto& part : split_list(cursor_.rest_of_line())) {
    if (part.starts_with("sm_")) module_.target_sm = std::atoi(part.c_str() + 3);
  }
}

// Device functions are not called: their bodies are passed over, and a call faults when it is reached.
void Parser::function() {
  for (;;) {
    if (cursor_.accept('{')) {
      cursor_.enclosed();
      return;
    }
    if (cursor_.accept(';')) return;
    if (cursor_.accept('(')) cursor_.until(')');
    else if (cursor_.word().empty()) throw ParseError(cursor_.line(), "a function's heading is not understood");
  }
}

Parameter Parser::parameter(const std::string& text) {
  Parameter p;
  int line = cursor_.line();
  uint32_t element = 0, count = 1, alignment = 0;
  auto words = words_of(text);
  for (size_t i = 0; i < words.size(); i++) {
    const std::string& word = words[i];
    if (word == ".align") {
      uint32_t value = number(words.at(++i), line);
      if (element == 0) alignment = value;  // after the type it is the pointee's
    } else if (word.starts_with('.')) {
      if (auto type = type_named(word.substr(1))) element = size_of(*type);
    } else {
      size_t bracket = word.find('[');
      p.name = word.substr(0, bracket);
      if (bracket != std::string::npos) count = number(word.substr(bracket + 1, word.find(']') - bracket - 1), line);
    }
  }
  if (element == 0 || p.name.empty()) throw ParseError(line, "the parameter '" + text + "' is not understood");
  p.bytes = element * count;
  p.alignment = std::max(alignment, element);
  return p;
}

void Parser::bounds(Kernel& kernel) {
  while (cursor_.peek() == '.') {
    int line = cursor_.line();
    std::string word = cursor_.word();
    uint32_t product = 1;
    do {
      std::string value = cursor_.word();
      if (!value.empty() && value[0] != '.') product *= number(value, line);
    } while (cursor_.accept(','));
    if (word == ".maxntid" || word == ".reqntid") kernel.max_threads = std::min(kernel.max_threads, product);
    else if (word != ".minnctapersm" && word != ".maxnreg") throw ParseError(line, "'" + word + "' is not understood");
  }
}

void Parser::entry() {
  auto kernel = std::make_unique<Kernel>();
  auto program = std::make_shared<Program>();
  kernel->name = program->kernel = cursor_.word();
  int scope = scopes_.open(0);
  if (cursor_.accept('(')) {
    std::string list = cursor_.until(')');
    for (const auto& text : split_list(list)) {
      if (text.empty()) continue;
      Parameter p = parameter(text);
      p.offset = uint32_t(aligned(kernel->parameter_bytes, p.alignment));
      kernel->parameter_bytes = p.offset + p.bytes;
      scopes_.declare(scope, p.name, {Symbol::VARIABLE, Type::B8, Space::PARAMETER, p.offset, ~0u, {}}, cursor_.line());
      kernel->parameters.push_back(p);
    }
  }
  bounds(*kernel);
  cursor_.expect('{');
  Body body{scope, {}, false};
  parse_body(body, *program);
  place_shared(body, *program);
  for (const Statement& statement : body.statements) decode(*program, scopes_, statement);
  if (body.ends_in_label || !leaves(body.statements)) {
    Statement end = parse_statement("ret", cursor_.line());
    end.scope = scope;
    decode(*program, scopes_, end);
  }
  program->granule_shift = narrowest_store(*program);
  program->constant_offsets.clear();
  kernel->static_shared = program->static_shared;
  kernel->registers = program->registers;
  kernel->local_bytes = program->local_bytes;
  kernel->program = program;
  module_.kernels_[kernel->name] = std::move(kernel);
}

}  // namespace vgpu
