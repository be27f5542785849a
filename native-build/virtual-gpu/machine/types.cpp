#include "types.h"

#include <unordered_map>

namespace vgpu {

std::optional<Type> type_named(std::string_view word) {
  static const std::unordered_map<std::string_view, Type> names = {
      {"pred", Type::PRED}, {"u8", Type::U8},     {"u16", Type::U16},   {"u32", Type::U32},       {"u64", Type::U64},
      {"s8", Type::S8},     {"s16", Type::S16},   {"s32", Type::S32},   {"s64", Type::S64},       {"b8", Type::B8},
      {"b16", Type::B16},   {"b32", Type::B32},   {"b64", Type::B64},   {"f16", Type::F16},       {"f16x2", Type::F16X2},
      {"bf16", Type::BF16}, {"bf16x2", Type::BF16X2}, {"tf32", Type::TF32}, {"f32", Type::F32}, {"f64", Type::F64}};
  auto found = names.find(word);
  if (found == names.end()) return {};
  return found->second;
}

}  // namespace vgpu
