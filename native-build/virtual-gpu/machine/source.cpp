#include "source.h"

#include <cctype>

namespace vgpu {
namespace {

bool in_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '$' || c == '%' || c == '.'; }

// Comments become blanks, so that lines and columns stay.
std::string without_comments(const std::string& ptx) {
  std::string text = ptx;
  for (size_t i = 0; i + 1 < text.size(); i++) {
    if (text[i] == '"') {
      while (++i < text.size() && text[i] != '"') {
      }
    } else if (text[i] == '/' && text[i + 1] == '/') {
      while (i < text.size() && text[i] != '\n') text[i++] = ' ';
    } else if (text[i] == '/' && text[i + 1] == '*') {
      size_t end = text.find("*/", i + 2);
      end = end == std::string::npos ? text.size() : end + 2;
      for (; i < end; i++) {
        if (text[i] != '\n') text[i] = ' ';
      }
      i--;
    }
  }
  return text;
}

}  // namespace

std::string trim(std::string_view text) {
  size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1));
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> parts;
  int depth = 0;
  size_t start = 0;
  for (size_t i = 0; i < text.size(); i++) {
    char c = text[i];
    if (c == '{' || c == '[' || c == '(') depth++;
    if (c == '}' || c == ']' || c == ')') depth--;
    if (c == ',' && depth == 0) {
      parts.push_back(trim(text.substr(start, i - start)));
      start = i + 1;
    }
  }
  std::string last = trim(text.substr(start));
  if (!last.empty() || !parts.empty()) parts.push_back(last);
  return parts;
}

Statement parse_statement(const std::string& text, int line) {
  Statement s;
  s.line = line;
  s.text = trim(text);
  for (char& c : s.text) {
    if (c == '\t' || c == '\n' || c == '\r') c = ' ';
  }
  std::string_view rest = s.text;
  if (rest.starts_with('@')) {
    size_t end = rest.find(' ');
    if (end == std::string_view::npos) throw ParseError(line, "a guard without an instruction: " + s.text);
    s.guard = std::string(rest.substr(1, end - 1));
    rest = rest.substr(end);
    rest = rest.substr(std::min(rest.find_first_not_of(' '), rest.size()));
  }
  size_t end = rest.find_first_of(" {[");
  std::string_view name = rest.substr(0, end);
  for (size_t dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.', dot + 1)) {
    size_t next = name.find('.', dot + 1);
    s.modifiers.emplace_back(name.substr(dot + 1, next == std::string_view::npos ? next : next - dot - 1));
  }
  s.opcode = std::string(name.substr(0, name.find('.')));
  if (end != std::string_view::npos) s.operands = split_list(rest.substr(end));
  return s;
}

Cursor::Cursor(const std::string& ptx) : text_(without_comments(ptx)) {}

void Cursor::advance() {
  if (text_[at_++] == '\n') line_++;
}

void Cursor::skip_white() {
  while (at_ < text_.size() && (std::isspace(static_cast<unsigned char>(text_[at_])) || text_[at_] == '\0')) advance();
}

char Cursor::peek() {
  skip_white();
  return at_ < text_.size() ? text_[at_] : '\0';
}

bool Cursor::accept(char c) {
  if (peek() != c) return false;
  advance();
  return true;
}

void Cursor::expect(char c) {
  if (accept(c)) return;
  throw ParseError(line_, std::string("'") + c + "' expected before '" + trim(text_.substr(at_, 20)) + "'");
}

std::string Cursor::word() {
  skip_white();
  size_t start = at_;
  while (at_ < text_.size() && in_word(text_[at_])) at_++;
  return text_.substr(start, at_ - start);
}

std::string Cursor::until(char c) {
  size_t start = at_;
  while (at_ < text_.size() && text_[at_] != c) advance();
  if (at_ == text_.size()) throw ParseError(line_, std::string("the text ends before '") + c + "'");
  std::string result = text_.substr(start, at_ - start);
  advance();
  return result;
}

std::string Cursor::rest_of_line() {
  size_t end = std::min(text_.find('\n', at_), text_.size());
  std::string result = text_.substr(at_, end - at_);
  at_ = end;
  return result;
}

std::string Cursor::enclosed() {
  size_t start = at_;
  for (int depth = 1; at_ < text_.size(); advance()) {
    if (text_[at_] == '{') depth++;
    if (text_[at_] == '}' && --depth == 0) {
      std::string result = text_.substr(start, at_ - start);
      advance();
      return result;
    }
  }
  throw ParseError(line_, "a brace is not closed");
}

bool Cursor::accept_label(std::string* name) {
  skip_white();
  size_t end = at_;
  while (end < text_.size() && in_word(text_[end])) end++;
  if (end == at_ || end >= text_.size() || text_[end] != ':') return false;
  if (end + 1 < text_.size() && text_[end + 1] == ':') return false;  // a modifier such as .L1::no_allocate
  *name = text_.substr(at_, end - at_);
  at_ = end + 1;
  return true;
}

}  // namespace vgpu
