// atom and red: lane after lane, sequentially consistent; their order under a schedule seed is not the lanes'.
#include <algorithm>

#include "access.h"
#include "block.h"
#include "lanes.h"
#include "rounding.h"

namespace vgpu {
namespace {

struct Add { template <class T> static T apply(T old, T b, T) { return T(old + b); } };
struct Min { template <class T> static T apply(T old, T b, T) { return std::min(old, b); } };
struct Max { template <class T> static T apply(T old, T b, T) { return std::max(old, b); } };
struct And { template <class T> static T apply(T old, T b, T) { return old & b; } };
struct Or { template <class T> static T apply(T old, T b, T) { return old | b; } };
struct Xor { template <class T> static T apply(T old, T b, T) { return old ^ b; } };
struct Exchange { template <class T> static T apply(T, T b, T) { return b; } };
struct CompareSwap { template <class T> static T apply(T old, T b, T c) { return old == b ? c : old; } };
struct Increment { template <class T> static T apply(T old, T b, T) { return old >= b ? 0 : old + 1; } };
struct Decrement { template <class T> static T apply(T old, T b, T) { return old == 0 || old > b ? b : old - 1; } };
struct AddFlushed { static float apply(float old, float b, float) { return flush(flush(old) + flush(b)); } };

template <bool BRAIN_FORMAT, int PARTS>
struct AddShort {
  template <class T>
  static T apply(T old, T b, T) {
    T r = 0;
    for (int part = 0; part < PARTS; part++) {
      uint16_t x = uint16_t(old >> (16 * part)), y = uint16_t(b >> (16 * part));
      double sum = BRAIN_FORMAT ? double(brain_value(x)) + brain_value(y) : double(half_value(x)) + half_value(y);
      r |= T(T(BRAIN_FORMAT ? to_brain(sum) : to_half(sum)) << (16 * part));
    }
    return r;
  }
};

template <class F, class T>
void execute(Warp& w, const Instruction& i, uint32_t active) {
  static const T zeros[LANES] = {};
  uint64_t addresses[LANES];
  uint8_t* host[LANES];
  addresses_of(w, i.access, addresses);
  locate(w, i, active, Intent::ATOMIC, sizeof(T), addresses, i.access.space, host);
  const T* b = w.at<T>(i.o[1]);
  const T* c = i.operands > 2 ? w.at<T>(i.o[2]) : zeros;
  T r[LANES] = {};
  Grid& grid = w.block.grid;
  uint32_t first = grid.seeded() ? grid.dice.below(LANES) : 0;
  for (uint32_t k = 0; k < LANES; k++) {
    uint32_t lane = (first + k) % LANES;
    if (!(active >> lane & 1)) continue;
    T old;
    std::memcpy(&old, host[lane], sizeof(T));
    T fresh = F::apply(old, b[lane], c[lane]);
    std::memcpy(host[lane], &fresh, sizeof(T));
    r[lane] = old;
  }
  w.write(i.o[0], r, active);
  if (i.o[0].wanted()) w.yield();  // it may be spinning
}

enum class Operation : uint8_t { ADD, MIN, MAX, AND, OR, XOR, EXCHANGE, COMPARE_SWAP, INCREMENT, DECREMENT };

Execute choose_sum(Type type, bool ftz) {
  switch (type) {
    case Type::U32: case Type::S32: return execute<Add, uint32_t>;
    case Type::U64: case Type::S64: return execute<Add, uint64_t>;
    case Type::F32: return ftz ? execute<AddFlushed, float> : execute<Add, float>;
    case Type::F64: return execute<Add, double>;
    case Type::F16: return execute<AddShort<false, 1>, uint16_t>;
    case Type::F16X2: return execute<AddShort<false, 2>, uint32_t>;
    case Type::BF16: return execute<AddShort<true, 1>, uint16_t>;
    case Type::BF16X2: return execute<AddShort<true, 2>, uint32_t>;
    default: return nullptr;
  }
}

template <class F>
Execute choose_ordered(Type type) {
  switch (type) {
    case Type::U32: return execute<F, uint32_t>;
    case Type::S32: return execute<F, int32_t>;
    case Type::U64: return execute<F, uint64_t>;
    case Type::S64: return execute<F, int64_t>;
    default: return nullptr;
  }
}

template <class F>
Execute choose_bits(Type type) {
  if (is_floating(type)) return nullptr;
  switch (size_of(type)) {
    case 2: return execute<F, uint16_t>;
    case 4: return execute<F, uint32_t>;
    case 8: return execute<F, uint64_t>;
    default: return nullptr;
  }
}

Execute choose(Operation operation, Type type, bool ftz) {
  switch (operation) {
    case Operation::ADD: return choose_sum(type, ftz);
    case Operation::MIN: return choose_ordered<Min>(type);
    case Operation::MAX: return choose_ordered<Max>(type);
    case Operation::AND: return choose_bits<And>(type);
    case Operation::OR: return choose_bits<Or>(type);
    case Operation::XOR: return choose_bits<Xor>(type);
    case Operation::EXCHANGE: return choose_bits<Exchange>(type);
    case Operation::COMPARE_SWAP: return choose_bits<CompareSwap>(type);
    case Operation::INCREMENT: return type == Type::U32 ? execute<Increment, uint32_t> : nullptr;
    case Operation::DECREMENT: return type == Type::U32 ? execute<Decrement, uint32_t> : nullptr;
  }
  return nullptr;
}

void decode_atomic(Decoder& d, bool returns) {
  static const Strength strengths[] = {Strength::STRONG, Strength::ACQUIRE, Strength::RELEASE, Strength::ACQUIRE_RELEASE};
  int order = d.take_one_of({"relaxed", "acquire", "release", "acq_rel"});
  d.take_one_of({"cta", "gpu", "sys"});
  Space space = d.take_space().value_or(Space::GENERIC);
  int operation = d.take_one_of({"add", "min", "max", "and", "or", "xor", "exch", "cas", "inc", "dec"});
  if (operation < 0) d.fail("the operation is missing");
  d.take("noftz");
  Type type = d.type();
  size_t sources = Operation(operation) == Operation::COMPARE_SWAP ? 2 : 1, first = returns ? 1 : 0;
  d.expect_operands(first + 1 + sources, first + 1 + sources);
  if (returns) d.result(d.text(0), type);
  else d.append({});
  d.address(d.text(first), space);
  for (size_t k = 1; k <= sources; k++) d.source(d.text(first + k), type);
  d.out.access.strength = strengths[std::max(order, 0)];
  d.out.access.element = uint8_t(size_of(type));
  bool ftz = space == Space::GLOBAL;  // atom.global.add.f32 flushes subnormals, atom.shared does not
  d.out.execute = choose(Operation(operation), type, ftz);
}

}  // namespace

void add_atomics(DecodeTable& table) {
  table["atom"] = [](Decoder& d) { decode_atomic(d, true); };
  table["red"] = [](Decoder& d) { decode_atomic(d, false); };
}

}  // namespace vgpu
