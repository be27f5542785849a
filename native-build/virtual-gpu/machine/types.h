// The fundamental types of PTX and what the interpreter keeps of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace vgpu {

constexpr int LANES = 32;
constexpr uint32_t ALL_LANES = 0xFFFFFFFFu;

enum class Type : uint8_t {
  PRED, U8, U16, U32, U64, S8, S16, S32, S64, B8, B16, B32, B64, F16, F16X2, BF16, BF16X2, TF32, F32, F64
};

constexpr uint32_t size_of(Type type) {
  switch (type) {
    case Type::PRED: return 0;
    case Type::U8: case Type::S8: case Type::B8: return 1;
    case Type::U16: case Type::S16: case Type::B16: case Type::F16: case Type::BF16: return 2;
    case Type::U64: case Type::S64: case Type::B64: case Type::F64: return 8;
    default: return 4;
  }
}

constexpr bool is_signed(Type type) {
  return type == Type::S8 || type == Type::S16 || type == Type::S32 || type == Type::S64;
}

constexpr bool is_floating(Type type) { return type >= Type::F16; }

// "u32" → Type::U32; empty where the word is no type.
std::optional<Type> type_named(std::string_view word);

// The state spaces that an address may point into.
enum class Space : uint8_t { GENERIC, GLOBAL, CONSTANT, SHARED, LOCAL, PARAMETER };

// Shared and local memory as seen through generic addresses: far from any pointer of the host.
constexpr uint64_t SHARED_WINDOW = uint64_t(1) << 60;
constexpr uint64_t LOCAL_WINDOW = uint64_t(1) << 61;
constexpr uint64_t WINDOW_BYTES = uint64_t(1) << 32;

constexpr bool in_window(uint64_t address, uint64_t window) { return address - window < WINDOW_BYTES; }

}  // namespace vgpu
