// The inside of a kernel: scopes, registers, variables, labels and statements, in the order of the text.
#include <algorithm>
#include <cstring>

#include "literal.h"
#include "parser.h"

namespace vgpu {
namespace {

uint64_t aligned(uint64_t offset, uint64_t alignment) { return (offset + alignment - 1) / alignment * alignment; }

// Whether a statement names a variable, as a whole word.
bool names(const std::string& text, const std::string& name) {
  auto in_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '$' || c == '%'; };
  for (size_t at = text.find(name); at != std::string::npos; at = text.find(name, at + 1)) {
    size_t end = at + name.size();
    if ((at == 0 || !in_word(text[at - 1])) && (end == text.size() || !in_word(text[end]))) return true;
  }
  return false;
}

}  // namespace

void Parser::parse_body(Body& body, Program& program) {
  int scope = body.scope;
  for (int depth = 1; depth > 0;) {
    std::string label;
    int line = cursor_.line();
    char next = cursor_.peek();
    line = cursor_.line();
    if (next == 0) throw ParseError(line, "the kernel is not closed");
    if (cursor_.accept('{')) {
      scope = scopes_.open(scope);
      depth++;
    } else if (cursor_.accept('}')) {
      scope = scopes_.parent(scope);
      depth--;
    } else if (cursor_.accept(';')) {
      continue;
    } else if (cursor_.accept_label(&label)) {
      declare_label(label, body, program, scope, line);
      body.ends_in_label = true;
    } else if (next == '.') {
      body_directive(cursor_.word(), program, scope);
    } else {
      Statement statement = parse_statement(cursor_.until(';'), line);
      statement.scope = scope;
      body.statements.push_back(std::move(statement));
      body.ends_in_label = false;
    }
  }
}

// A label stands for the next instruction, or names the list of targets that follows it.
void Parser::declare_label(const std::string& name, const Body& body, Program& program, int scope, int line) {
  Symbol symbol{Symbol::LABEL, Type::B32, Space::GENERIC, body.statements.size(), ~0u, {}};
  std::string directive = cursor_.peek() == '.' ? cursor_.word() : "";
  if (directive == ".branchtargets" || directive == ".callprototype") {
    symbol.kind = Symbol::LABEL_LIST;
    symbol.labels = split_list(cursor_.until(';'));
  } else if (!directive.empty()) {
    body_directive(directive, program, scope);
  }
  scopes_.declare(scope, name, symbol, line);
}

void Parser::body_directive(const std::string& name, Program& program, int scope) {
  int line = cursor_.line();
  if (name == ".reg") return declare_registers(scope);
  if (name == ".loc" || name == ".file") {
    cursor_.rest_of_line();
    return;
  }
  std::string text = cursor_.until(';');
  if (name == ".pragma") return;
  if (name == ".param") {  // an argument of a call; to store one is a fault
    scopes_.declare(scope, variable(text).name, {Symbol::VARIABLE, Type::B8, Space::PARAMETER, 0, ~0u, {}}, line);
    return;
  }
  if (name != ".local" && name != ".shared") throw ParseError(line, "the directive '" + name + "' is not understood");
  Variable v = variable(text);
  if (name == ".shared" && v.bytes == 0) {
    dynamic_shared_.push_back(v);
    return;
  }
  uint64_t used = name == ".local" ? program.local_bytes : program.static_shared;
  uint64_t offset = aligned(used, v.alignment);
  (name == ".local" ? program.local_bytes : program.static_shared) = uint32_t(offset + v.bytes);
  Space space = name == ".local" ? Space::LOCAL : Space::SHARED;
  scopes_.declare(scope, v.name, {Symbol::VARIABLE, v.type, space, offset, ~0u, {}}, line);
}

// .reg .b32 %r<10>;    .reg .pred p, q;
void Parser::declare_registers(int scope) {
  int line = cursor_.line();
  std::string word = cursor_.word();
  auto type = type_named(word.substr(std::min<size_t>(1, word.size())));
  if (!type) throw ParseError(line, "registers of '" + word + "' are not understood");
  for (const auto& name : split_list(cursor_.until(';'))) {
    Symbol symbol{Symbol::REGISTER, *type, Space::GENERIC, 0, ~0u, {}};
    size_t range = name.find('<');
    if (range == std::string::npos) {
      scopes_.declare(scope, name, symbol, line);
      continue;
    }
    int64_t count;
    if (!parse_integer(name.substr(range + 1, name.find('>') - range - 1), &count))
      throw ParseError(line, name + " is not understood");
    for (int64_t k = 0; k < count; k++) scopes_.declare(scope, name.substr(0, range) + std::to_string(k), symbol, line);
  }
}

// Shared variables of the module take room only in the kernels that name them; the launch's own shared memory follows.
void Parser::place_shared(const Body& body, Program& program) {
  auto named = [&](const Variable& v) {
    return std::any_of(body.statements.begin(), body.statements.end(), [&](const Statement& s) { return names(s.text, v.name); });
  };
  int line = cursor_.line();
  for (const Variable& v : module_shared_) {
    if (!named(v)) continue;
    uint64_t offset = aligned(program.static_shared, v.alignment);
    program.static_shared = uint32_t(offset + v.bytes);
    scopes_.declare(body.scope, v.name, {Symbol::VARIABLE, v.type, Space::SHARED, offset, ~0u, {}}, line);
  }
  for (const Variable& v : dynamic_shared_) {
    if (named(v)) program.static_shared = uint32_t(aligned(program.static_shared, v.alignment));
  }
  for (const Variable& v : dynamic_shared_) {
    if (!named(v) || scopes_.find(body.scope, v.name)) continue;
    scopes_.declare(body.scope, v.name, {Symbol::VARIABLE, v.type, Space::SHARED, program.static_shared, ~0u, {}}, line);
  }
}

}  // namespace vgpu
