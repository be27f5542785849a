// kernels/cuda/runtime/gather.cuh — the clean sample, made again wherever it is needed: a byte read is cheaper than a float kept.
//
// Bytes come four a thread, 128 a warp and request: a whole line. Sixteen a thread would be one load instead of four, but then
// the floats made of them would be stored 64 bytes apart, each store touching twice the sectors that it fills.
#pragma once

#include "quads.cuh"

namespace sild {

/** The C struct sild_gather, by value: row index[b, c] of data becomes part c of sample b; index null: row b · parts + c. */
struct Gather {
  const void* data;      // (rows, width) u8 or f32
  const int32_t* index;  // (B, parts) or null
  const float* scale;    // (D), D = parts · width
  const float* shift;    // (D)
  int64_t rows, width;
  int32_t parts, type;
};
static_assert(sizeof(Gather) == 56, "the caller fills this struct by offsets");

enum Type { TYPE_F32 = 0, TYPE_U8 = 1 };

SILD_DEVICE int64_t dimension(const Gather& g) { return g.parts * g.width; }

/** A byte as a float: 2^23 + byte has it in its low bits. Two full-rate instructions; a conversion runs at a quarter of that. */
SILD_DEVICE float float_of_byte(uint32_t word, uint32_t which) {
  return float_of(__byte_perm(word, 0x4B000000u, 0x7440u + which)) - 0x1p23f;
}

/** What four columns of all samples have in common: a thread keeps it while it goes from row to row. */
struct Columns {
  float4 scale, shift;
  int64_t first, dimension;
  uint32_t part, at;  // first = part · width + at
  bool wide;          // the four raw values are one aligned piece of one row of the bank
};

SILD_DEVICE Columns columns_of(const Gather& g, int64_t first) {
  int64_t D = dimension(g);
  bool whole = wide(g.scale, g.shift) && first + 4 <= D;
  Columns c;
  c.scale = fetch(g.scale, first, D, whole);
  c.shift = fetch(g.shift, first, D, whole);
  c.first = first;
  c.dimension = D;
  c.part = g.parts == 1 ? 0u : uint32_t(first) / uint32_t(g.width);
  c.at = uint32_t(first) - c.part * uint32_t(g.width);
  uintptr_t misaligned = reinterpret_cast<uintptr_t>(g.data) & (g.type == TYPE_U8 ? 3 : 15);
  c.wide = misaligned == 0 && g.width % 4 == 0;
  return c;
}

/** Where a part of a sample begins in the bank. */
SILD_DEVICE int64_t bank_row(const Gather& g, int64_t row, uint32_t part) {
  int64_t of_part = row * g.parts + part;
  return (g.index ? int64_t(__ldg(g.index + of_part)) : of_part) * g.width;
}

/** A sample, and where its first part begins: most samples have no other, so nobody need look it up again for every quad. */
struct Sample {
  int64_t row, start;

  SILD_DEVICE int64_t begin(const Gather& g, uint32_t part) const { return part == 0 ? start : bank_row(g, row, part); }
};

/** Four raw values, each for itself: they may lie in two parts, and the row may end among them. */
SILD_DEVICE float4 raw_one_by_one(const Gather& g, const Columns& c, const Sample& sample) {
  float raw[4] = {0.0f, 0.0f, 0.0f, 0.0f};
  uint32_t part = c.part, at = c.at;
#pragma unroll
  for (int j = 0; j < 4; j++) {
    if (c.first + j >= c.dimension) break;
    int64_t from = sample.begin(g, part) + at;
    raw[j] = g.type == TYPE_U8 ? float(__ldg(static_cast<const uint8_t*>(g.data) + from))
                               : __ldg(static_cast<const float*>(g.data) + from);
    if (++at == g.width) at = 0, part++;
  }
  return {raw[0], raw[1], raw[2], raw[3]};
}

/** x = raw · scale + shift of four columns of one sample; 0 past the end of the row. */
SILD_DEVICE float4 clean(const Gather& g, const Columns& c, const Sample& sample) {
  float4 raw;
  if (!c.wide) {
    raw = raw_one_by_one(g, c, sample);
  } else {
    int64_t from = sample.begin(g, c.part) + c.at;
    if (g.type == TYPE_U8) {
      uint32_t word = __ldg(reinterpret_cast<const uint32_t*>(static_cast<const uint8_t*>(g.data) + from));
      raw = {float_of_byte(word, 0), float_of_byte(word, 1), float_of_byte(word, 2), float_of_byte(word, 3)};
    } else {
      raw = __ldg(reinterpret_cast<const float4*>(static_cast<const float*>(g.data) + from));
    }
  }
  return each([](float r, float s, float t) { return fma(r, s, t); }, raw, c.scale, c.shift);
}

}  // namespace sild
