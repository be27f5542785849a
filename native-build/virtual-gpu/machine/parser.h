// The module level of PTX: directives, variables, kernels.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "decoder.h"
#include "machine.h"
#include "source.h"

namespace vgpu {

class Parser {
 public:
  Parser(const std::string& ptx, Module& module);
  void parse();

 private:
  struct Variable {
    std::string name;
    Type type = Type::B8;
    uint32_t alignment = 1;
    uint64_t bytes = 0;  // 0: an array whose size the launch gives
    std::string initialiser;
    int line = 0;
  };
  struct Body {
    int scope;
    std::vector<Statement> statements;
    bool ends_in_label = false;
  };

  void directive();
  void target();
  void function();
  void entry();
  Parameter parameter(const std::string& text);
  void bounds(Kernel& kernel);
  void parse_body(Body& body, Program& program);
  void body_directive(const std::string& name, Program& program, int scope);
  void declare_label(const std::string& name, const Body& body, Program& program, int scope, int line);
  void declare_registers(int scope);
  void place_shared(const Body& body, Program& program);

  Variable variable(const std::string& text);
  void declare_global(const Variable& variable, Space space);
  void initialise(const Variable& variable, uint64_t address);

  Cursor cursor_;
  Module& module_;
  Scopes scopes_;
  std::vector<Variable> module_shared_;
  std::vector<Variable> dynamic_shared_;
};

}  // namespace vgpu
