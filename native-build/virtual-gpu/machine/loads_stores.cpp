// ld and st.
#include "access.h"
#include "lanes.h"

namespace vgpu {
namespace {

// Bytes of memory to a register that is at least as wide.
template <class Memory, class Register>
void load_element(Warp& w, const Operand& target, uint8_t* const (&host)[LANES], uint32_t at, uint32_t active) {
  Register values[LANES] = {};
  for_lanes(active, [&](int lane) {
    Memory value;
    std::memcpy(&value, host[lane] + at, sizeof(value));
    values[lane] = Register(value);
  });
  w.write(target, values, active);
}

template <class Memory>
void load_into(Warp& w, const Operand& target, uint8_t* const (&host)[LANES], uint32_t at, uint32_t active) {
  switch (target.bytes) {
    case 1: return load_element<Memory, uint8_t>(w, target, host, at, active);
    case 2: return load_element<Memory, uint16_t>(w, target, host, at, active);
    case 4: return load_element<Memory, uint32_t>(w, target, host, at, active);
    default: return load_element<Memory, uint64_t>(w, target, host, at, active);
  }
}

void execute_load(Warp& w, const Instruction& i, uint32_t active) {
  uint64_t addresses[LANES];
  uint8_t* host[LANES];
  const Access& access = i.access;
  addresses_of(w, access, addresses);
  locate(w, i, active, Intent::READ, access.bytes(), addresses, access.space, host);
  for (uint32_t k = 0; k < access.count; k++) {
    if (!i.o[k].wanted()) continue;
    uint32_t at = k * access.element;
    switch (access.element) {
      case 1:
        access.extend ? load_into<int8_t>(w, i.o[k], host, at, active) : load_into<uint8_t>(w, i.o[k], host, at, active);
        break;
      case 2:
        access.extend ? load_into<int16_t>(w, i.o[k], host, at, active) : load_into<uint16_t>(w, i.o[k], host, at, active);
        break;
      case 4:
        access.extend ? load_into<int32_t>(w, i.o[k], host, at, active) : load_into<uint32_t>(w, i.o[k], host, at, active);
        break;
      default: load_into<uint64_t>(w, i.o[k], host, at, active);
    }
  }
  if (access.strength >= Strength::STRONG) w.yield();  // it may be spinning
}

template <class Register>
void store_from(const Warp& w, const Operand& source, uint32_t bytes, uint8_t* const (&host)[LANES], uint32_t at,
                uint32_t active) {
  const Register* values = w.at<Register>(source);
  for_lanes(active, [&](int lane) { std::memcpy(host[lane] + at, &values[lane], bytes); });
}

template <>
void store_from<uint32_t>(const Warp& w, const Operand& source, uint32_t bytes, uint8_t* const (&host)[LANES], uint32_t at,
                          uint32_t active) {
  const uint32_t* values = w.at<uint32_t>(source);
  if (bytes == 4) {
    for_lanes(active, [&](int lane) { std::memcpy(host[lane] + at, &values[lane], 4); });
  } else {
    for_lanes(active, [&](int lane) { std::memcpy(host[lane] + at, &values[lane], bytes); });
  }
}

void execute_store(Warp& w, const Instruction& i, uint32_t active) {
  uint64_t addresses[LANES];
  uint8_t* host[LANES];
  const Access& access = i.access;
  addresses_of(w, access, addresses);
  locate(w, i, active, Intent::WRITE, access.bytes(), addresses, access.space, host);
  for (uint32_t k = 0; k < access.count; k++) {
    uint32_t at = k * access.element;
    switch (i.o[k].bytes) {
      case 1: store_from<uint8_t>(w, i.o[k], access.element, host, at, active); break;
      case 2: store_from<uint16_t>(w, i.o[k], access.element, host, at, active); break;
      case 4: store_from<uint32_t>(w, i.o[k], access.element, host, at, active); break;
      default: store_from<uint64_t>(w, i.o[k], access.element, host, at, active);
    }
  }
}

// Modifiers of ld and st: strength, cache policy, vector width.
void decode_access(Decoder& d) {
  Access& access = d.out.access;
  bool is_volatile = d.take("volatile"), relaxed = d.take("relaxed"), acquire = d.take("acquire"), release = d.take("release");
  d.take("weak");
  d.take_one_of({"cta", "gpu", "sys"});
  bool non_coherent = d.take("nc");
  int cache = d.take_one_of({"ca", "cg", "cs", "lu", "cv", "wb", "wt"});
  d.take_one_of({"L1::evict_normal", "L1::evict_unchanged", "L1::evict_first", "L1::evict_last", "L1::no_allocate"});
  d.take_one_of({"L2::64B", "L2::128B", "L2::256B"});
  if (is_volatile || relaxed) access.strength = Strength::STRONG;
  else if (acquire) access.strength = Strength::ACQUIRE;
  else if (release) access.strength = Strength::RELEASE;
  else if (non_coherent) access.strength = Strength::NON_COHERENT;
  else if (cache == 1 || cache == 4) access.strength = Strength::UNCACHED;
  if (d.take("v2")) access.count = 2;
  if (d.take("v4")) access.count = 4;
}

void decode_load(Decoder& d) {
  Space space = d.take_space().value_or(Space::GENERIC);
  decode_access(d);
  Type type = d.type();
  d.expect_operands(2, 2);
  d.out.access.element = uint8_t(size_of(type));
  d.out.access.extend = is_signed(type);
  auto targets = d.vector(d.text(0));
  if (targets.size() != d.out.access.count || d.out.access.bytes() > 16) d.fail("the vector has a wrong size");
  for (const auto& target : targets) d.wide_result(target, type);
  d.address(d.text(1), space);
  d.out.execute = execute_load;
}

// Only a call's arguments are stored to parameters.
void execute_argument(Warp& w, const Instruction&, uint32_t active) {
  w.fault(Fault::UNSUPPORTED, "device functions are not called here: inline them", __builtin_ctz(active));
}

void decode_store(Decoder& d) {
  Space space = d.take_space().value_or(Space::GENERIC);
  decode_access(d);
  Type type = d.type();
  d.expect_operands(2, 2);
  d.out.access.element = uint8_t(size_of(type));
  auto sources = d.vector(d.text(1));
  if (sources.size() != d.out.access.count || d.out.access.bytes() > 16) d.fail("the vector has a wrong size");
  for (const auto& source : sources) d.wide_source(source, type);
  d.address(d.text(0), space);
  d.out.execute = space == Space::PARAMETER ? execute_argument : execute_store;
}

}  // namespace

void add_loads_and_stores(DecodeTable& table) {
  table["ld"] = decode_load;
  table["ldu"] = decode_load;
  table["st"] = decode_store;
}

}  // namespace vgpu
