// mov, cvta, isspacep: values from register to register.
#include "block.h"
#include "lanes.h"

namespace vgpu {
namespace {

struct Copy {
  template <class T>
  static T apply(T a) {
    return a;
  }
};

void execute_move_predicate(Warp& w, const Instruction& i, uint32_t active) {
  w.write_predicate(i.o[0], w.predicate(i.o[1]), active);
}

// {a, b} → d: parts from the least significant up.
template <class Part, class Whole>
void pack(Warp& w, const Instruction& i, uint32_t active) {
  Whole r[LANES] = {};
  for (int k = 1; k < i.operands; k++) {
    const Part* part = w.at<Part>(i.o[k]);
    for (int lane = 0; lane < LANES; lane++) r[lane] |= Whole(Whole(part[lane]) << (8 * sizeof(Part) * (k - 1)));
  }
  w.write(i.o[0], r, active);
}

template <class Part, class Whole>
void unpack(Warp& w, const Instruction& i, uint32_t active) {
  Whole whole[LANES];
  std::memcpy(whole, w.at<Whole>(i.o[i.operands - 1]), sizeof(whole));
  for (int k = 0; k < i.operands - 1; k++) {
    Part r[LANES];
    for (int lane = 0; lane < LANES; lane++) r[lane] = Part(whole[lane] >> (8 * sizeof(Part) * k));
    w.write(i.o[k], r, active);
  }
}

Type part_type(Decoder& d, Type whole, size_t parts) {
  uint32_t bytes = size_of(whole) / uint32_t(parts);
  if (bytes * parts != size_of(whole)) d.fail("the vector does not fill the register");
  return bytes == 1 ? Type::B8 : bytes == 2 ? Type::B16 : Type::B32;
}

template <class Part>
Execute choose_pack(Type whole, bool packs) {
  switch (size_of(whole)) {
    case 2: return packs ? pack<Part, uint16_t> : unpack<Part, uint16_t>;
    case 4: return packs ? pack<Part, uint32_t> : unpack<Part, uint32_t>;
    default: return packs ? pack<Part, uint64_t> : unpack<Part, uint64_t>;
  }
}

void decode_vector_move(Decoder& d, Type type) {
  bool packs = d.text(1).starts_with('{');
  auto parts = d.vector(d.text(packs ? 1 : 0));
  Type part = part_type(d, type, parts.size());
  if (packs) {
    d.result(d.text(0), type);
    for (const auto& p : parts) d.source(p, part);
  } else {
    for (const auto& p : parts) d.result(p, part);
    d.source(d.text(1), type);
  }
  switch (size_of(part)) {
    case 1: d.out.execute = choose_pack<uint8_t>(type, packs); break;
    case 2: d.out.execute = choose_pack<uint16_t>(type, packs); break;
    default: d.out.execute = choose_pack<uint32_t>(type, packs);
  }
}

template <class T>
void read_clock(Warp& w, const Instruction& i, uint32_t active) {
  T r[LANES];
  for (T& value : r) value = T(w.block.grid.clock() >> i.immediate);
  w.write(i.o[0], r, active);
}

bool decode_clock(Decoder& d, Type type) {
  const std::string& name = d.text(1);
  bool wide = name == "%clock64" || name == "%globaltimer";
  bool low = name == "%clock" || name == "%globaltimer_lo", high = name == "%clock_hi" || name == "%globaltimer_hi";
  if (!wide && !low && !high) return false;
  d.result(d.text(0), type);
  d.out.immediate = high ? 32 : 0;
  d.out.execute = wide ? read_clock<uint64_t> : read_clock<uint32_t>;
  return true;
}

void decode_move(Decoder& d) {
  Type type = d.type();
  d.expect_operands(2, 2);
  if (d.text(0).starts_with('{') || d.text(1).starts_with('{')) return decode_vector_move(d, type);
  if (decode_clock(d, type)) return;
  if (type == Type::PRED) {
    d.predicate(d.text(0));
    d.predicate(d.text(1));
    d.out.execute = execute_move_predicate;
    return;
  }
  d.result(d.text(0), type);
  d.source(d.text(1), type);
  switch (size_of(type)) {
    case 1: d.out.execute = unary<Copy, uint8_t, uint8_t>; break;
    case 2: d.out.execute = unary<Copy, uint16_t, uint16_t>; break;
    case 4: d.out.execute = unary<Copy, uint32_t, uint32_t>; break;
    default: d.out.execute = unary<Copy, uint64_t, uint64_t>;
  }
}

// Between a window's offsets and generic addresses; global memory needs no change.
template <class T, uint64_t WINDOW, bool TO_GENERIC>
void convert_address(Warp& w, const Instruction& i, uint32_t active) {
  const T* a = w.at<T>(i.o[1]);
  T r[LANES];
  for (int lane = 0; lane < LANES; lane++) r[lane] = TO_GENERIC ? T(a[lane] + WINDOW) : T(a[lane] - WINDOW);
  w.write(i.o[0], r, active);
}

void decode_cvta(Decoder& d) {
  bool to = d.take("to");
  auto space = d.take_space();
  if (!space) d.fail("the state space is missing");
  same_type_operands(d, d.type(), 1);
  if (d.out.o[0].bytes != 8) d.fail("addresses are of 64 bits here");
  if (*space == Space::SHARED) {
    d.out.execute = to ? convert_address<uint64_t, SHARED_WINDOW, false> : convert_address<uint64_t, SHARED_WINDOW, true>;
  } else if (*space == Space::LOCAL) {
    d.out.execute = to ? convert_address<uint64_t, LOCAL_WINDOW, false> : convert_address<uint64_t, LOCAL_WINDOW, true>;
  } else if (*space == Space::GLOBAL || *space == Space::CONSTANT) {
    d.out.execute = unary<Copy, uint64_t, uint64_t>;
  }
}

void execute_isspacep(Warp& w, const Instruction& i, uint32_t active) {
  const uint64_t* a = w.at<uint64_t>(i.o[1]);
  uint32_t shared = lanes_where([&](int lane) { return in_window(a[lane], SHARED_WINDOW); });
  uint32_t local = lanes_where([&](int lane) { return in_window(a[lane], LOCAL_WINDOW); });
  Space space = i.access.space;
  w.write_predicate(i.o[0], space == Space::SHARED ? shared : space == Space::LOCAL ? local : ~(shared | local), active);
}

void decode_isspacep(Decoder& d) {
  auto space = d.take_space();
  if (!space || *space == Space::CONSTANT || *space == Space::PARAMETER) d.fail("only global, shared and local are told apart");
  d.expect_operands(2, 2);
  d.out.access.space = *space;
  d.predicate(d.text(0));
  d.source(d.text(1), Type::U64);
  d.out.execute = execute_isspacep;
}

void execute_nothing(Warp&, const Instruction&, uint32_t) {}

void decode_prefetch(Decoder& d) {
  Space space = d.take_space().value_or(Space::GENERIC);
  d.take_one_of({"L1", "L2"});
  d.address(d.text(0), space);
  d.out.execute = execute_nothing;
}

}  // namespace

void add_movement(DecodeTable& table) {
  table["mov"] = decode_move;
  table["cvta"] = decode_cvta;
  table["isspacep"] = decode_isspacep;
  table["prefetch"] = decode_prefetch;
}

}  // namespace vgpu
