// kernels/cuda/runtime/attention_tile.cuh — the tiles of attention: 64 tokens that a block has, and 32 others that pass by.
//
// Own tokens are queries where others are keys, and keys where others are queries: S = q kᵀ looks the same from both sides. A tile
// lies in shared memory channel by channel. A warp has sixteen of the own tokens, and never needs to know of the other warps':
//
//   lane = 4 ty + tx        own tokens 16 warp + 4 tx + (0 … 3)        other tokens 4 ty + (0 … 3)        channels 16 c + 2 ty + (0, 1)
//
// Sums over channels give a thread 4 × 4 weights of others and own tokens; these pass through shared memory, lane to lane of a warp,
// and sums over others give it 4 own tokens in 8 of 64 channels. Either way two or three 128-bit loads serve sixteen fma or more.
#pragma once

#include "../../maths/attention.h"
#include "../../maths/softmax.h"
#include "team.cuh"

namespace sild {

constexpr int OWN = 64, OTHERS = 32, ATTENTION_THREADS = 128;
constexpr int OWN_LINE = OWN + 4, OTHERS_LINE = OTHERS + 4;  // rows of a tile begin in different banks
constexpr int CHUNKS = MOST_HEAD_CHANNELS / 16;

SILD_DEVICE float4& quad_at(float* x) { return *reinterpret_cast<float4*>(x); }
SILD_DEVICE float part(float4 q, int e) { return e == 0 ? q.x : e == 1 ? q.y : e == 2 ? q.z : q.w; }

/** Over the eight lanes that have the same own tokens. */
template <class Combine>
SILD_DEVICE float4 over_others(float4 mine, const Combine& combine) {
#pragma unroll
  for (int distance = 4; distance < 32; distance *= 2)
    mine = each([&](float v) { return combine(v, neighbour(v, distance)); }, mine);
  return mine;
}

/** Own tokens in this thread's channels: of chunk c, channels 16 c + 2 ty and the next. */
struct Channels8 {
  float4 of[CHUNKS][2];
};

struct AttentionTile {
  int64_t T;
  int d, padded;  // channels, and those with the zeros that fill the last sixteen
  bool whole;     // whether quads of an array may travel by 128 bits

  SILD_DEVICE AttentionTile(int64_t T, int64_t C, int64_t heads, int layout, bool aligned)
      : T(T),
        d(int(uint32_t(C) / uint32_t(heads))),
        padded((d + 15) / 16 * 16),
        whole(aligned && (layout == CHANNELS_FIRST ? T : d) % 4 == 0) {}

  SILD_DEVICE static int own() { return threadIdx.x / 32 * 16 + threadIdx.x % 4 * 4; }
  SILD_DEVICE static int other() { return threadIdx.x % 32 / 4 * 4; }
  SILD_DEVICE static int channel(int chunk) { return 16 * chunk + threadIdx.x % 32 / 4 * 2; }
  SILD_DEVICE float scale() const { return 1.0f / square_root(float(d)); }

  /** to (padded, TOKENS) = scale · tokens t … of x; what does not exist is 0. */
  template <int TOKENS, int LINE>
  SILD_DEVICE void bring(float* to, Head<const float> x, int64_t t, float scale) const {
    if (x.token == 1) {
#pragma unroll 1
      for (int item = threadIdx.x; item < padded * (TOKENS / 4); item += ATTENTION_THREADS) {
        const int i = item / (TOKENS / 4), token = item % (TOKENS / 4) * 4;
        const int64_t end = i < d ? T : 0;
        const float4 q = fetch(x.data + i * x.channel, t + token, end, whole && t + token < end);
        quad_at(to + i * LINE + token) = each([=](float v) { return scale * v; }, q);
      }
    } else {
      const int quads = padded / 4;
#pragma unroll 1
      for (int item = threadIdx.x; item < quads * TOKENS; item += ATTENTION_THREADS) {
        const int token = item / quads, i = (item - token * quads) * 4;
        const int end = t + token < T ? d : 0;
        const float4 q = fetch(x.at(t + token), i, end, whole && i < end);
#pragma unroll
        for (int e = 0; e < 4; e++) to[(i + e) * LINE + token] = scale * part(q, e);
      }
    }
  }

  /** s[other] over own tokens = Σ_i others_i own_i. */
  SILD_DEVICE void scores(float4 (&s)[4], float* own_tile, float* others) const {
#pragma unroll
    for (int o = 0; o < 4; o++) s[o] = {0.0f, 0.0f, 0.0f, 0.0f};
    own_tile += own(), others += other();
#pragma unroll 4
    for (int i = 0; i < d; i++) {
      const float4 a = quad_at(own_tile + i * OWN_LINE), b = quad_at(others + i * OTHERS_LINE);
#pragma unroll
      for (int o = 0; o < 4; o++) {
        const float w = part(b, o);
        s[o] = each([=](float a, float sum) { return fma(w, a, sum); }, a, s[o]);
      }
    }
  }

  /** Leaves this thread's weights to its warp. */
  SILD_DEVICE static void leave(float* weights, const float4 (&w)[4]) {
#pragma unroll
    for (int o = 0; o < 4; o++) quad_at(weights + (other() + o) * OWN_LINE + own()) = w[o];
    __syncwarp();
  }

  /** sum += Σ_other others_channel weights_other. */
  SILD_DEVICE void add_weighted(Channels8& sum, float* others, float* weights) const {
#pragma unroll 1
    for (int o = 0; o < OTHERS; o += 4) {
      float4 w[4];
#pragma unroll
      for (int e = 0; e < 4; e++) w[e] = quad_at(weights + (o + e) * OWN_LINE + own());
#pragma unroll
      for (int c = 0; c < CHUNKS; c++)
        if (16 * c < d)
#pragma unroll
          for (int h = 0; h < 2; h++) {
            const float4 v = quad_at(others + (channel(c) + h) * OTHERS_LINE + o);
#pragma unroll
            for (int e = 0; e < 4; e++) {
              const float x = part(v, e);
              sum.of[c][h] = each([=](float w, float sum) { return fma(x, w, sum); }, w[e], sum.of[c][h]);
            }
          }
    }
  }

  /** x of own tokens from t on = factor · v. */
  SILD_DEVICE void put_own(Head<float> x, int64_t t, const Channels8& v, float4 factor) const {
#pragma unroll
    for (int c = 0; c < CHUNKS; c++)
#pragma unroll
      for (int h = 0; h < 2; h++) {
        const int i = channel(c) + h;
        const int64_t first = t + own();
        if (i >= d || first >= T) continue;
        const float4 q = each([](float a, float b) { return a * b; }, v.of[c][h], factor);
        if (x.token == 1) {
          put(x.data + i * x.channel, first, T, whole, q);
        } else {
#pragma unroll
          for (int e = 0; e < 4; e++)
            if (first + e < T) x.at(first + e)[i] = part(q, e);
        }
      }
  }
};

/** Numbers of tokens t … t + 4 out of x, T of them; 0 past T. */
SILD_DEVICE float4 four_of(const float* x, int64_t t, int64_t T) { return fetch(x, t, T, wide(x) && t + 4 <= T); }
SILD_DEVICE void put_four(float* x, int64_t t, int64_t T, float4 q) { put(x, t, T, wide(x) && t + 4 <= T, q); }

}  // namespace sild
