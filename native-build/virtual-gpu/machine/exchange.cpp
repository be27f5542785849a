// What the lanes of a warp tell each other: shfl, vote, match, redux, activemask.
#include <algorithm>

#include "lanes.h"

namespace vgpu {
namespace {

enum Shuffle : uint8_t { UP, DOWN, BUTTERFLY, INDEX };

// Operands: d, p or a sink, a, b (lane or offset), c (clamp and segment mask).
void execute_shuffle(Warp& w, const Instruction& i, uint32_t active) {
  const uint32_t* a = w.at<uint32_t>(i.o[2]);
  const uint32_t* b = w.at<uint32_t>(i.o[3]);
  const uint32_t* c = w.at<uint32_t>(i.o[4]);
  uint32_t r[LANES] = {}, inside = 0;
  for_lanes(active, [&](int lane) {
    int offset = int(b[lane] & 31), clamp = int(c[lane] & 31), segment = int(c[lane] >> 8 & 31);
    int highest = (lane & segment) | (clamp & ~segment), lowest = lane & segment;
    int source = lane;
    bool valid = false;
    switch (i.variant) {
      case UP: source = lane - offset; valid = source >= highest; break;
      case DOWN: source = lane + offset; valid = source <= highest; break;
      case BUTTERFLY: source = lane ^ offset; valid = source <= highest; break;
      case INDEX: source = lowest | (offset & ~segment); valid = source <= highest; break;
    }
    if (!valid) source = lane;
    if (!(active >> source & 1)) {
      w.fault(Fault::ILLEGAL_INSTRUCTION, "shuffles from lane " + std::to_string(source) + ", which takes no part", lane);
    }
    r[lane] = a[source];
    inside |= uint32_t(valid) << lane;
  });
  w.write(i.o[0], r, active);
  w.write_predicate(i.o[1], inside, active);
}

void split_result(Decoder& d, const std::string& text, Type type) {
  size_t bar = text.find('|');
  d.result(trim(text.substr(0, bar)), type);
  d.predicate(bar == std::string::npos ? "_" : trim(text.substr(bar + 1)));
}

void members(Decoder& d, size_t operand) {
  d.out.members = d.resolve(d.text(operand), Type::U32);
  if (d.out.members.bytes != 4) d.fail("the member mask has 32 bits");
  d.out.converges = true;
}

void decode_shuffle(Decoder& d) {
  if (!d.take("sync")) d.fail("only shfl.sync is understood");
  int mode = d.take_one_of({"up", "down", "bfly", "idx"});
  if (mode < 0) d.fail("the mode is missing");
  d.out.variant = uint8_t(mode);
  d.type();
  d.expect_operands(5, 5);
  split_result(d, d.text(0), Type::B32);
  for (size_t k = 1; k <= 3; k++) d.source(d.text(k), Type::B32);
  members(d, 4);
  d.out.execute = execute_shuffle;
}

enum Vote : uint8_t { ALL, ANY, UNIFORM, BALLOT };

void execute_vote(Warp& w, const Instruction& i, uint32_t active) {
  uint32_t votes = w.predicate(i.o[1]) & active;
  if (i.variant == BALLOT) {
    uint32_t r[LANES];
    for (uint32_t& value : r) value = votes;
    w.write(i.o[0], r, active);
    return;
  }
  bool all = votes == active, none = votes == 0;
  bool holds = i.variant == ALL ? all : i.variant == ANY ? !none : all || none;
  w.write_predicate(i.o[0], holds ? ALL_LANES : 0, active);
}

void decode_vote(Decoder& d) {
  if (!d.take("sync")) d.fail("only vote.sync is understood");
  int mode = d.take_one_of({"all", "any", "uni", "ballot"});
  if (mode < 0) d.fail("the mode is missing");
  d.out.variant = uint8_t(mode);
  d.type();
  d.expect_operands(3, 3);
  if (mode == BALLOT) d.result(d.text(0), Type::B32);
  else d.predicate(d.text(0));
  d.predicate(d.text(1));
  members(d, 2);
  d.out.execute = execute_vote;
}

// match.any: the lanes with my value; match.all: all lanes if every value is the same.
template <class T>
void execute_match(Warp& w, const Instruction& i, uint32_t active) {
  const T* a = w.at<T>(i.o[2]);
  bool every = i.variant;
  uint32_t r[LANES] = {}, agree = 0;
  for_lanes(active, [&](int lane) {
    uint32_t same = active & lanes_where([&](int other) { return a[other] == a[lane]; });
    r[lane] = !every || same == active ? same : 0;
    agree |= uint32_t(same == active) << lane;
  });
  w.write(i.o[0], r, active);
  w.write_predicate(i.o[1], agree, active);
}

void decode_match(Decoder& d) {
  d.out.variant = d.take("all");
  if (!d.out.variant && !d.take("any")) d.fail("the mode is missing");
  if (!d.take("sync")) d.fail("only match.sync is understood");
  Type type = d.type();
  d.expect_operands(3, 3);
  split_result(d, d.text(0), Type::B32);
  d.source(d.text(1), type);
  members(d, 2);
  d.out.execute = size_of(type) == 8 ? execute_match<uint64_t> : execute_match<uint32_t>;
}

struct Sum { template <class T> static T apply(T a, T b) { return T(a + b); } };
struct Least { template <class T> static T apply(T a, T b) { return std::min(a, b); } };
struct Greatest { template <class T> static T apply(T a, T b) { return std::max(a, b); } };
struct And { template <class T> static T apply(T a, T b) { return a & b; } };
struct Or { template <class T> static T apply(T a, T b) { return a | b; } };
struct Xor { template <class T> static T apply(T a, T b) { return a ^ b; } };

template <class F, class T>
void execute_redux(Warp& w, const Instruction& i, uint32_t active) {
  const T* a = w.at<T>(i.o[1]);
  T total = a[__builtin_ctz(active)];
  for_lanes(active & (active - 1), [&](int lane) { total = F::apply(total, a[lane]); });
  T r[LANES];
  for (T& value : r) value = total;
  w.write(i.o[0], r, active);
}

Execute choose_redux(int operation, Type type) {
  bool negative = type == Type::S32;
  switch (operation) {
    case 0: return execute_redux<Sum, uint32_t>;
    case 1: return negative ? execute_redux<Least, int32_t> : execute_redux<Least, uint32_t>;
    case 2: return negative ? execute_redux<Greatest, int32_t> : execute_redux<Greatest, uint32_t>;
    case 3: return execute_redux<And, uint32_t>;
    case 4: return execute_redux<Or, uint32_t>;
    default: return execute_redux<Xor, uint32_t>;
  }
}

void decode_redux(Decoder& d) {
  if (!d.take("sync")) d.fail("only redux.sync is understood");
  int operation = d.take_one_of({"add", "min", "max", "and", "or", "xor"});
  if (operation < 0) d.fail("the operation is missing");
  Type type = d.type();
  if (size_of(type) != 4 || is_floating(type)) d.fail("redux is of 32-bit integers");
  d.expect_operands(3, 3);
  d.result(d.text(0), type);
  d.source(d.text(1), type);
  members(d, 2);
  d.out.execute = choose_redux(operation, type);
}

void execute_activemask(Warp& w, const Instruction& i, uint32_t active) {
  uint32_t r[LANES];
  for (uint32_t& value : r) value = active;
  w.write(i.o[0], r, active);
}

void decode_activemask(Decoder& d) {
  d.result(d.text(0), d.type());
  d.out.execute = execute_activemask;
}

}  // namespace

void add_exchange(DecodeTable& table) {
  table["shfl"] = decode_shuffle;
  table["vote"] = decode_vote;
  table["match"] = decode_match;
  table["redux"] = decode_redux;
  table["activemask"] = decode_activemask;
}

}  // namespace vgpu
