// PTX as text: comments removed, cut into words and statements that know their line.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace vgpu {

struct ParseError : std::runtime_error {
  ParseError(int line, const std::string& what) : std::runtime_error("line " + std::to_string(line) + ": " + what) {}
};

// One instruction as written: @!%p1 ld.global.v2.f32 {%f1, %f2}, [%rd1+8];
struct Statement {
  int line = 0;
  int scope = 0;
  std::string text;
  std::string guard;  // "%p1", "!%p1" or empty
  std::string opcode;
  std::vector<std::string> modifiers;  // without their dots
  std::vector<std::string> operands;
};

Statement parse_statement(const std::string& text, int line);

// Cuts at commas outside brackets and braces, and trims.
std::vector<std::string> split_list(std::string_view text);
std::string trim(std::string_view text);

// A position in a PTX text.
class Cursor {
 public:
  explicit Cursor(const std::string& ptx);

  int line() const { return line_; }
  char peek();          // the next character that is not white; 0 at the end
  bool accept(char c);  // skips it if it is next
  void expect(char c);
  std::string word();         // the identifier, directive or number that comes next; empty at punctuation
  std::string until(char c);  // up to and including c, which is left out of the result
  std::string rest_of_line();
  std::string enclosed();                // after an opening brace: up to its partner
  bool accept_label(std::string* name);  // `name:`

 private:
  void skip_white();
  void advance();
  std::string text_;
  size_t at_ = 0;
  int line_ = 1;
};

}  // namespace vgpu
