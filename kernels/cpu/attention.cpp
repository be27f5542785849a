// kernels/cpu/attention.cpp — 64 queries, a lane each, meet all keys of their head, 64 at a time.
//
// So the largest score, the sum of a softmax and δ are numbers of a lane, and no sum crosses lanes. Keys and values are taken as
// they lie, in either layout; only queries, and what comes out, change places with their channels. Backward, P and dS of a tile are
// left operands where the queries are summed over: then the lanes are channels. f32 at every precision: an error of a score is one
// of a probability.
#include "../maths/attention.h"

#include "runtime/lanes.h"
#include "runtime/stream.h"

using namespace sild;

namespace {

constexpr int64_t SIDE = LINE;  // queries, and keys, of a tile

struct Sizes {
  int64_t B, T, C, heads;
  int layout;

  int64_t d() const { return C / heads; }
  int64_t tiles() const { return (T + SIDE - 1) / SIDE; }
  float scale() const { return 1.0f / square_root(float(d())); }

  bool fit() const {
    return heads >= 1 && C % heads == 0 && d() >= 1 && d() <= MOST_HEAD_CHANNELS &&
           (layout == CHANNELS_FIRST || layout == TOKENS_FIRST);
  }

  /** Part 0 … parts − 1 of head h of sample b: queries, keys, values of x with three parts. */
  template <class Number>
  Head<Number> head(Number* x, int64_t item, int64_t part, int64_t parts) const {
    return head_of(x, item / heads, part * C + item % heads * d(), parts * C, T, layout);
  }
};

/** to (t, i) (+)= scale · from (t, i). */
template <bool add = false>
inline void turn(Head<float> to, Head<const float> from, int64_t tokens, int64_t d, float scale) {
  auto move = [=](int64_t t, int64_t i) {
    float& x = to.data[t * to.token + i * to.channel];
    const float y = scale * from.data[t * from.token + i * from.channel];
    x = add ? x + y : y;
  };
  if (from.token == 1 && to.token == 1)
    for (int64_t i = 0; i < d; i++) {
      float* x = to.data + i * to.channel;
      const float* y = from.data + i * from.channel;
#pragma GCC ivdep
      for (int64_t t = 0; t < tokens; t++) x[t] = add ? x[t] + scale * y[t] : scale * y[t];
    }
  else
    for (int64_t t = 0; t < tokens; t++)
      for (int64_t i = 0; i < d; i++) move(t, i);
}

/** A tile (d, 64) with a token in each lane. Lanes without one are 0. */
struct alignas(64) Lanes {
  float x[SIDE * LINE];

  void take(Head<const float> from, int64_t tokens, int64_t d, float scale) {
    if (tokens < SIDE) std::fill(x, x + d * LINE, 0.0f);
    turn({x, 1, LINE}, from, tokens, d, scale);
  }
};

inline Left rows_of(Head<const float> x, int64_t t) { return {x.at(t), x.token, x.channel}; }
inline Left columns_of(Head<const float> x, int64_t t) { return {x.at(t), x.channel, x.token}; }

/** Lanes that n tokens take, in sixteens. */
inline int lanes_of(int64_t n) { return int(n + 15) / 16 * 16; }

/** What a lane knows of its softmax so far. */
struct Softmax {
  float largest[LINE], sum[LINE];

  Softmax() {
    std::fill(largest, largest + LINE, -__builtin_inff());
    std::fill(sum, sum + LINE, 0.0f);
  }

  /** Scores become their exponentials, and o, d rows, shrinks with the sum. A NaN is no maximum; it shows in its exponential. */
  void add(float* __restrict__ scores, int64_t keys, float* __restrict__ o, int64_t d, int lanes) {
    float next[LINE], shrink[LINE];
    std::copy(largest, largest + LINE, next);
    for (int64_t k = 0; k < keys; k++)
      for (int j = 0; j < lanes; j++) next[j] = scores[k * LINE + j] > next[j] ? scores[k * LINE + j] : next[j];
    for (int j = 0; j < lanes; j++) shrink[j] = exponential(largest[j] - next[j]);
    for (int j = 0; j < lanes; j++) sum[j] *= shrink[j];
    for (int64_t i = 0; i < d; i++)
      for (int j = 0; j < lanes; j++) o[i * LINE + j] *= shrink[j];
    for (int64_t k = 0; k < keys; k++)
      for (int j = 0; j < lanes; j++) {
        const float p = exponential(scores[k * LINE + j] - next[j]);
        scores[k * LINE + j] = p;
        sum[j] += p;
      }
    std::copy(next, next + LINE, largest);
  }

  /** L; the logarithm of a NaN is a number. */
  float log_sum(int64_t j) const { return sum[j] == sum[j] ? largest[j] + logarithm(sum[j]) : sum[j]; }
};

/** y and L of the queries from t on. */
void forward_tile(Head<float> y, float* log_sum_exp, Head<const float> q, Head<const float> k, Head<const float> v, int64_t t,
                  const Sizes& of) {
  const int64_t n = std::min(SIDE, of.T - t), d = of.d();
  const int lanes = lanes_of(n);
  Lanes queries, o, scores;
  Softmax softmax;
  queries.take({q.at(t), q.token, q.channel}, n, d, of.scale());
  std::fill(o.x, o.x + d * LINE, 0.0f);
  for (int64_t key = 0; key < of.T; key += SIDE) {
    const int64_t keys = std::min(SIDE, of.T - key);
    multiply_lanes<false>(scores.x, rows_of(k, key), keys, queries.x, d, lanes);
    softmax.add(scores.x, keys, o.x, d, lanes);
    multiply_lanes<true>(o.x, columns_of(v, key), d, scores.x, keys, lanes);
  }
  for (int64_t i = 0; i < d; i++)
    for (int j = 0; j < lanes; j++) o.x[i * LINE + j] /= softmax.sum[j];
  turn({y.at(t), y.token, y.channel}, {o.x, 1, LINE}, n, d, 1.0f);
  for (int64_t j = 0; j < n; j++) log_sum_exp[t + j] = softmax.log_sum(j);
}

/** What a tile of queries brings to its gradients. */
struct Queries {
  Lanes q, dy;                      // (d, 64): q/√d
  Lanes q_rows, dy_rows;            // (64, d)
  float delta[LINE], log_sum[LINE];  // δ and L

  void take(Head<const float> q_of, Head<const float> dy_of, Head<const float> y_of, const float* log_sum_exp, int64_t t, int64_t n,
            const Sizes& of, Lanes& spare) {
    const int64_t d = of.d();
    const Head<const float> q_from{q_of.at(t), q_of.token, q_of.channel}, dy_from{dy_of.at(t), dy_of.token, dy_of.channel};
    q.take(q_from, n, d, of.scale());
    dy.take(dy_from, n, d, 1.0f);
    turn({q_rows.x, LINE, 1}, q_from, n, d, of.scale());
    turn({dy_rows.x, LINE, 1}, dy_from, n, d, 1.0f);
    spare.take({y_of.at(t), y_of.token, y_of.channel}, n, d, 1.0f);
    std::fill(delta, delta + LINE, 0.0f);
    for (int64_t i = 0; i < d; i++)
      for (int j = 0; j < LINE; j++) delta[j] = fma(dy.x[i * LINE + j], spare.x[i * LINE + j], delta[j]);
    std::fill(log_sum, log_sum + LINE, 0.0f);
    std::copy(log_sum_exp + t, log_sum_exp + t + n, log_sum);
  }

  /** Scores become P, and dP becomes dS. */
  void slopes(float* __restrict__ scores, float* __restrict__ dp, int64_t keys, int lanes) const {
    for (int64_t k = 0; k < keys; k++)
      for (int j = 0; j < lanes; j++) {
        const int64_t at = k * LINE + j;
        const float p = exponential(scores[at] - log_sum[j]);
        scores[at] = p;
        dp[at] = p * (dp[at] - delta[j]);
      }
  }
};

/** What a thread needs of its own for one head. */
struct Work {
  Queries queries;
  Lanes scores, dp, dq;
};

constexpr int64_t MOST_KEYS =
    (int64_t(sild_stream::OWN_FLOATS) - int64_t(sizeof(Work) / sizeof(float))) / (2 * LINE) / SIDE * SIDE;  // whose gradients fit

/** dq, dk and dv of one head. */
void backward_head(const Head<float> (&gradient)[3], const Head<const float> (&x)[3], Head<const float> dy, Head<const float> y,
                   const float* log_sum_exp, const Sizes& of, float* own) {
  Work& work = *reinterpret_cast<Work*>(own);
  float *dk = own + sizeof(Work) / sizeof(float), *dv = dk + MOST_KEYS * LINE;
  const int64_t T = of.T, d = of.d();
  for (int64_t first = 0; first < T; first += MOST_KEYS) {
    const int64_t last = std::min(T, first + MOST_KEYS);
    std::fill(dk, dk + (last - first) * LINE, 0.0f);
    std::fill(dv, dv + (last - first) * LINE, 0.0f);
    for (int64_t t = 0; t < T; t += SIDE) {
      const int64_t n = std::min(SIDE, T - t);
      const int lanes = lanes_of(n);
      work.queries.take(x[0], dy, y, log_sum_exp, t, n, of, work.scores);
      std::fill(work.dq.x, work.dq.x + d * LINE, 0.0f);
      for (int64_t key = first; key < last; key += SIDE) {
        const int64_t keys = std::min(SIDE, last - key), at = (key - first) * LINE;
        multiply_lanes<false>(work.scores.x, rows_of(x[1], key), keys, work.queries.q.x, d, lanes);
        multiply_lanes<false>(work.dp.x, rows_of(x[2], key), keys, work.queries.dy.x, d, lanes);
        work.queries.slopes(work.scores.x, work.dp.x, keys, lanes);
        multiply_lanes<true>(work.dq.x, columns_of(x[1], key), d, work.dp.x, keys, lanes);
        multiply_lanes<true>(dv + at, {work.scores.x, LINE, 1}, keys, work.queries.dy_rows.x, n, d);
        multiply_lanes<true>(dk + at, {work.dp.x, LINE, 1}, keys, work.queries.q_rows.x, n, d);
      }
      const Head<float> to{gradient[0].at(t), gradient[0].token, gradient[0].channel};
      first == 0 ? turn(to, {work.dq.x, 1, LINE}, n, d, of.scale()) : turn<true>(to, {work.dq.x, 1, LINE}, n, d, of.scale());
    }
    turn({gradient[1].at(first), gradient[1].token, gradient[1].channel}, {dk, LINE, 1}, last - first, d, 1.0f);
    turn({gradient[2].at(first), gradient[2].token, gradient[2].channel}, {dv, LINE, 1}, last - first, d, 1.0f);
  }
}

}  // namespace

extern "C" {

SILD_OP(sild_attention_forward)(float* y, float* log_sum_exp, const float* qkv, int64_t B, int64_t T, int64_t C, int64_t heads,
                                int layout, sild_stream* stream) {
  const Sizes of{B, T, C, heads, layout};
  if (!of.fit()) return SILD_BAD_ARGUMENT;
  const int64_t tiles = of.tiles();
  parallel_rows(stream, B * heads * tiles, T * of.d() * SIDE, [=](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
      const int64_t head = i / tiles;
      forward_tile(of.head(y, head, 0, 1), log_sum_exp + head * T, of.head(qkv, head, 0, 3), of.head(qkv, head, 1, 3),
                   of.head(qkv, head, 2, 3), i % tiles * SIDE, of);
    }
  });
  return SILD_OK;
}

SILD_OP(sild_attention_backward)(float* dqkv, const float* dy, const float* y, const float* qkv, const float* log_sum_exp, int64_t B,
                                 int64_t T, int64_t C, int64_t heads, int layout, sild_stream* stream) {
  const Sizes of{B, T, C, heads, layout};
  if (!of.fit()) return SILD_BAD_ARGUMENT;
  auto body = [=](int member, int members) {
    const Range mine = share(B * heads, 1, member, members);
    for (int64_t i = mine.begin; i < mine.end; i++) {
      const Head<float> gradients[3] = {of.head(dqkv, i, 0, 3), of.head(dqkv, i, 1, 3), of.head(dqkv, i, 2, 3)};
      const Head<const float> x[3] = {of.head(qkv, i, 0, 3), of.head(qkv, i, 1, 3), of.head(qkv, i, 2, 3)};
      backward_head(gradients, x, of.head(dy, i, 0, 1), of.head(y, i, 0, 1), log_sum_exp + i * T, of, stream->own(member));
    }
  };
  if (B * T * T * C < 8192)
    body(0, 1);
  else
    together(stream, body);
  return SILD_OK;
}
}
