#include "literal.h"

#include <bit>
#include <cstdlib>

namespace vgpu {
namespace {

bool parse_unsigned(std::string text, uint64_t* value) {
  if (text.empty()) return false;
  if (text.back() == 'U') text.pop_back();
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    text = text.substr(2);
    base = 16;
  } else if (text.starts_with("0b") || text.starts_with("0B")) {
    text = text.substr(2);
    base = 2;
  } else if (text.size() > 1 && text[0] == '0') {
    base = 8;
  }
  if (text.empty() || !std::isxdigit(static_cast<unsigned char>(text[0]))) return false;
  char* end = nullptr;
  *value = std::strtoull(text.c_str(), &end, base);
  return *end == '\0';
}

// A floating literal as a double, which holds every f32 exactly.
bool parse_floating(const std::string& text, double* value) {
  uint64_t bits;
  bool negative = text.starts_with('-');
  std::string digits = negative ? text.substr(1) : text;
  double magnitude;
  if ((digits.starts_with("0f") || digits.starts_with("0F")) && parse_unsigned("0x" + digits.substr(2), &bits)) {
    magnitude = double(std::bit_cast<float>(uint32_t(bits)));
  } else if ((digits.starts_with("0d") || digits.starts_with("0D")) && parse_unsigned("0x" + digits.substr(2), &bits)) {
    magnitude = std::bit_cast<double>(bits);
  } else if (digits.find('.') != std::string::npos) {
    char* end = nullptr;
    magnitude = std::strtod(digits.c_str(), &end);
    if (*end != '\0') return false;
  } else {
    return false;
  }
  *value = negative ? -magnitude : magnitude;
  return true;
}

}  // namespace

bool parse_integer(const std::string& text, int64_t* value) {
  uint64_t magnitude;
  if (text == "WARP_SZ") return *value = LANES, true;
  if (text.starts_with('-')) {
    if (!parse_unsigned(text.substr(1), &magnitude)) return false;
    *value = int64_t(0 - magnitude);
    return true;
  }
  if (!parse_unsigned(text, &magnitude)) return false;
  *value = int64_t(magnitude);
  return true;
}

bool parse_literal(const std::string& text, Type type, uint64_t* bits) {
  double real;
  if (parse_floating(text, &real)) {
    *bits = size_of(type) == 8 ? std::bit_cast<uint64_t>(real) : std::bit_cast<uint32_t>(float(real));
    return true;
  }
  int64_t integer;
  if (!parse_integer(text, &integer)) return false;
  *bits = uint64_t(integer);
  if (type == Type::F32) *bits = std::bit_cast<uint32_t>(float(integer));
  if (type == Type::F64) *bits = std::bit_cast<uint64_t>(double(integer));
  return true;
}

}  // namespace vgpu
