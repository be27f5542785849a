// kernels/cuda/attention.cu — y = softmax(q kᵀ/√d) v of each head, and its gradients; f32 at every precision.
//
//   qkv, dqkv: (B, 3C, T) or (B, T, 3C)   y, dy: (B, C, T) or (B, T, C)   L, δ: (B, heads, T)        the rule: maths/attention.h
//
//   forward   a block has 64 queries of a head; keys and values pass by, 32 at a time
//   queries   the same, with P computed again: dq, and δ for the next kernel
//   keys      a block has 64 keys and their values; queries pass by: dk, dv
//
// So each gradient is summed by one thread, in the order of the others, and nothing is added to memory. The price is that scores and
// dP are computed twice: seven products where five would do.
//
// Bound on an H100 [issue]: 2 T² d fma a head forward, 7 backward. In its loops a thread has 16 or 32 fma to two or three loads of 128
// bits from shared memory. With d = 32 and all else, exponentials above all, these are 4.6 and 12.6 instructions a query, key and
// channel, 0.15 and 0.41 ps.
#include "runtime/attention_tile.cuh"

namespace sild {

/** Which head and which tile of it a block has. */
struct Place {
  int64_t head, b, h, t;

  SILD_DEVICE Place(int64_t T, int64_t heads) {
    const uint32_t tiles = uint32_t((T + OWN - 1) / OWN);
    head = blockIdx.x / tiles, t = int64_t(blockIdx.x % tiles) * OWN;
    b = uint32_t(head) / uint32_t(heads), h = head - b * heads;
  }
};

/** Where q, k and v of a block's head lie, or their gradients. */
template <class Number>
struct Parts {
  Head<Number> q, k, v;

  SILD_DEVICE Parts(Number* x, const Place& at, int64_t T, int64_t C, int64_t heads, int layout) {
    const int64_t first = at.h * (uint32_t(C) / uint32_t(heads));
    q = head_of(x, at.b, first, 3 * C, T, layout);
    k = head_of(x, at.b, C + first, 3 * C, T, layout);
    v = head_of(x, at.b, 2 * C + first, 3 * C, T, layout);
  }
};

extern __shared__ __align__(16) float shared[];

// Block 128; grid B · heads · ⌈T/64⌉; floats of dynamic shared memory: padded (68 + 2 · 36) + 32 · 68.
extern "C" __global__ void __launch_bounds__(ATTENTION_THREADS, 3)
    sild_attention_forward(float* __restrict__ y, float* __restrict__ log_sum_exp, const float* __restrict__ qkv, int64_t T, int64_t C,
                           int64_t heads, int layout) {
  const AttentionTile tile(T, C, heads, layout, wide(y, qkv));
  const Place at(T, heads);
  const Parts<const float> x(qkv, at, T, C, heads, layout);
  float *q = shared, *k = q + tile.padded * OWN_LINE, *v = k + tile.padded * OTHERS_LINE, *weights = v + tile.padded * OTHERS_LINE;
  tile.bring<OWN, OWN_LINE>(q, x.q, at.t, tile.scale());
  Channels8 o = {};
  const float infinity = __int_as_float(0x7f800000);
  float4 largest = {-infinity, -infinity, -infinity, -infinity}, sum = {0.0f, 0.0f, 0.0f, 0.0f};
#pragma unroll 1
  for (int64_t key = 0; key < T; key += OTHERS) {
    __syncthreads();  // all have read what stands there
    tile.bring<OTHERS, OTHERS_LINE>(k, x.k, key, 1.0f);
    tile.bring<OTHERS, OTHERS_LINE>(v, x.v, key, 1.0f);
    __syncthreads();
    float4 s[4];
    tile.scores(s, q, k);
    float4 next = largest;
#pragma unroll
    for (int e = 0; e < 4; e++) {
      const bool there = key + tile.other() + e < T;
      s[e] = each([=](float v) { return there ? v : -infinity; }, s[e]);
      next = each(larger, next, s[e]);
    }
    next = over_others(next, larger);
    const float4 shrink = each([](float old, float next) { return exponential(old - next); }, largest, next);
    auto times = [](float a, float b) { return a * b; };
    sum = each(times, sum, shrink);
#pragma unroll
    for (int c = 0; c < CHUNKS; c++)
#pragma unroll
      for (int h = 0; h < 2; h++) o.of[c][h] = each(times, o.of[c][h], shrink);
#pragma unroll
    for (int e = 0; e < 4; e++) {
      const bool there = key + tile.other() + e < T;
      s[e] = each([=](float s, float m) { return there ? exponential(s - m) : 0.0f; }, s[e], next);
      sum = each([](float a, float b) { return a + b; }, sum, s[e]);
    }
    largest = next;
    tile.leave(weights, s);
    tile.add_weighted(o, v, weights);
  }
  sum = over_others(sum, [](float a, float b) { return a + b; });
  tile.put_own(head_of(y, at.b, at.h * tile.d, C, T, layout), at.t, o, each([](float s) { return 1.0f / s; }, sum));
  if (tile.other() > 0) return;
  auto log_sum = [](float m, float s) { return s == s ? m + logarithm(s) : s; };  // the logarithm of a NaN is a number
  put_four(log_sum_exp + at.head * T, at.t + tile.own(), T, each(log_sum, largest, sum));
}

/** P and dS of 4 × 4 scores and ⟨dy, v⟩; others from T on have none. */
SILD_DEVICE void slopes(float4 (&s)[4], float4 (&ds)[4], int e, bool there, float4 log_sum, float4 delta) {
  s[e] = each([=](float s, float l) { return there ? exponential(s - l) : 0.0f; }, s[e], log_sum);
  ds[e] = each([](float p, float dp, float delta) { return p * (dp - delta); }, s[e], ds[e], delta);
}

// Block and grid as above; floats: padded · 2 (68 + 36) + 32 · 68. delta: (B, heads, T).
extern "C" __global__ void __launch_bounds__(ATTENTION_THREADS, 3)
    sild_attention_queries(float* __restrict__ dqkv, float* __restrict__ delta, const float* __restrict__ dy,
                           const float* __restrict__ y, const float* __restrict__ qkv, const float* __restrict__ log_sum_exp,
                           int64_t T, int64_t C, int64_t heads, int layout) {
  const AttentionTile tile(T, C, heads, layout, wide(dqkv, dy, y, qkv));
  const Place at(T, heads);
  const Parts<const float> x(qkv, at, T, C, heads, layout);
  const int64_t first = at.h * tile.d, own = at.t + tile.own();
  float *q = shared, *dO = q + tile.padded * OWN_LINE, *k = dO + tile.padded * OWN_LINE;
  float *v = k + tile.padded * OTHERS_LINE, *weights = v + tile.padded * OTHERS_LINE;
  tile.bring<OWN, OWN_LINE>(q, x.q, at.t, tile.scale());
  tile.bring<OWN, OWN_LINE>(dO, head_of(dy, at.b, first, C, T, layout), at.t, 1.0f);
  tile.bring<OWN, OWN_LINE>(k, head_of(y, at.b, first, C, T, layout), at.t, 1.0f);  // where keys and values will stand
  __syncthreads();
  float4 d = {0.0f, 0.0f, 0.0f, 0.0f};
  for (int i = tile.other() / 4; i < tile.d; i += 8)
    d = each([](float a, float b, float sum) { return fma(a, b, sum); }, quad_at(dO + i * OWN_LINE + tile.own()),
             quad_at(k + i * OWN_LINE + tile.own()), d);
  d = over_others(d, [](float a, float b) { return a + b; });
  if (tile.other() == 0) put_four(delta + at.head * T, own, T, d);
  const float4 log_sum = four_of(log_sum_exp + at.head * T, own, T);
  Channels8 dq = {};
#pragma unroll 1
  for (int64_t key = 0; key < T; key += OTHERS) {
    __syncthreads();  // all have read what stands there
    tile.bring<OTHERS, OTHERS_LINE>(k, x.k, key, 1.0f);
    tile.bring<OTHERS, OTHERS_LINE>(v, x.v, key, 1.0f);
    __syncthreads();
    float4 s[4], ds[4];
    tile.scores(s, q, k);
    tile.scores(ds, dO, v);
#pragma unroll
    for (int e = 0; e < 4; e++) slopes(s, ds, e, key + tile.other() + e < T, log_sum, d);
    tile.leave(weights, ds);
    tile.add_weighted(dq, k, weights);
  }
  const float scale = tile.scale();
  tile.put_own(Parts<float>(dqkv, at, T, C, heads, layout).q, at.t, dq, {scale, scale, scale, scale});
}

// The same block, grid and shared memory; here the own tokens are keys. delta: what sild_attention_queries left.
extern "C" __global__ void __launch_bounds__(ATTENTION_THREADS, 3)
    sild_attention_keys(float* __restrict__ dqkv, const float* __restrict__ delta, const float* __restrict__ dy,
                        const float* __restrict__ qkv, const float* __restrict__ log_sum_exp, int64_t T, int64_t C, int64_t heads,
                        int layout) {
  const AttentionTile tile(T, C, heads, layout, wide(dqkv, dy, qkv));
  const Place at(T, heads);
  const Parts<const float> x(qkv, at, T, C, heads, layout);
  const Head<const float> dO_of = head_of(dy, at.b, at.h * tile.d, C, T, layout);
  float *k = shared, *v = k + tile.padded * OWN_LINE, *q = v + tile.padded * OWN_LINE;
  float *dO = q + tile.padded * OTHERS_LINE, *weights = dO + tile.padded * OTHERS_LINE;
  tile.bring<OWN, OWN_LINE>(k, x.k, at.t, 1.0f);
  tile.bring<OWN, OWN_LINE>(v, x.v, at.t, 1.0f);
  Channels8 dk = {}, dv = {};
#pragma unroll 1
  for (int64_t query = 0; query < T; query += OTHERS) {
    __syncthreads();  // all have read what stands there
    tile.bring<OTHERS, OTHERS_LINE>(q, x.q, query, tile.scale());
    tile.bring<OTHERS, OTHERS_LINE>(dO, dO_of, query, 1.0f);
    __syncthreads();
    float4 s[4], ds[4];
    tile.scores(s, k, q);
    tile.scores(ds, v, dO);
    const int64_t others = query + tile.other();
    const float4 log_sums = four_of(log_sum_exp + at.head * T, others, T), deltas = four_of(delta + at.head * T, others, T);
#pragma unroll
    for (int e = 0; e < 4; e++) {
      const float l = part(log_sums, e), d = part(deltas, e);
      slopes(s, ds, e, others + e < T, {l, l, l, l}, {d, d, d, d});
    }
    tile.leave(weights, s);
    tile.add_weighted(dv, dO, weights);
    __syncwarp();  // the warp has read P
    tile.leave(weights, ds);
    tile.add_weighted(dk, q, weights);
  }
  const float4 one = {1.0f, 1.0f, 1.0f, 1.0f};
  const Parts<float> gradient(dqkv, at, T, C, heads, layout);
  tile.put_own(gradient.k, at.t, dk, one);
  tile.put_own(gradient.v, at.t, dv, one);
}

}  // namespace sild
