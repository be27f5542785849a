// kernels/cpu/group_norm.cpp — a sample's group is one run of memory, and belongs to one thread.
//
// Mean and variance come from parts that the first cache holds: in each the mean, then the squared deviations from it, put
// together in double (Chan, Golub, LeVeque 1983). So x is read twice, not three times, and long groups lose no digits. Then a group is
// taken by pieces, whether a piece is part of a channel or many channels: each of its numbers gets a weight and an offset.
#include "../maths/group_norm.h"

#include "runtime/group.h"
#include "runtime/stream.h"

using namespace sild;

namespace {

constexpr int64_t PIECE = 512;  // numbers whose weights, offsets and slopes stay in the first cache
constexpr int64_t HELD = int64_t(sild_stream::OWN_FLOATS) / 3;  // numbers of a group whose slopes stay in the second cache

struct Sizes {
  int64_t B, C, P, groups, modulation_rows;

  int64_t channels() const { return C / groups; }
  int64_t numbers() const { return channels() * P; }
};

template <bool silu_too>
inline void apply(float* __restrict__ y, const float* __restrict__ x, float mean, float rstd, const float* __restrict__ weight,
                  const float* __restrict__ offset, int64_t n) {
  for (int64_t i = 0; i < n; i++) {
    const float u = fma((x[i] - mean) * rstd, weight[i], offset[i]);
    y[i] = silu_too ? silu(u) : u;
  }
}

/** du = dy φ'(u) of a piece. */
inline void slopes(float* __restrict__ du, const float* __restrict__ dy, const float* __restrict__ x, float mean, float rstd,
                   const float* __restrict__ weight, const float* __restrict__ offset, int64_t n) {
  for (int64_t i = 0; i < n; i++) du[i] = dy[i] * silu_slope(fma((x[i] - mean) * rstd, weight[i], offset[i]));
}

/** dx (+)= r (weight du − first − x̂ second). No fma: of one number alone, first is the product, and dx 0. */
template <bool add>
inline void put_gradient(float* dx, const float* du, const float* __restrict__ x, float mean, float rstd,
                         const float* __restrict__ weight, float first, float second, int64_t n) {
#pragma GCC ivdep
  for (int64_t i = 0; i < n; i++) {
    const float d = rstd * (weight[i] * du[i] - first - (x[i] - mean) * rstd * second);
    dx[i] = add ? dx[i] + d : d;
  }
}

/** The gradients of one group. held: n numbers, or null, and then du is computed twice. */
struct Backward {
  Group group;
  const float *dy, *x;
  int64_t channels;
  bool activated;
  float* held;
  float weight[PIECE], offset[PIECE], piece[PIECE];

  const float* slopes_at(int64_t at, int64_t m) {
    if (!activated) return dy + at;
    float* du = held ? held + at : piece;
    slopes(du, dy + at, x + at, group.mean, group.rstd, weight, offset, m);
    return du;
  }

  /** S and T of each channel. */
  void sums(float* S, float* T) {
    std::fill(S, S + channels, 0.0f);
    std::fill(T, T + channels, 0.0f);
    for (int64_t at = 0, n = channels * group.P; at < n; at += PIECE) {
      const int64_t m = std::min(PIECE, n - at);
      if (activated) group.spread(weight, offset, at, m);
      const float *du = slopes_at(at, m), *numbers = x + at;
      group.each_channel(at, m, [&](int64_t c, int64_t begin, int64_t end) {
        float both[ABREAST];
        add_up(both, du + begin, numbers + begin, end - begin);
        S[c] += both[0];
        T[c] += both[1];
      });
    }
    for (int64_t c = 0; c < channels; c++) T[c] *= group.rstd;
  }

  /** dx, which may be dy. */
  template <bool add>
  void put(float* dx, const float* S, const float* T) {
    const int64_t n = channels * group.P;
    double first = 0.0, second = 0.0;
    for (int64_t c = 0; c < channels; c++) {
      const double w = group.of.weight(group.first + c);
      first += w * double(S[c]);
      second += w * double(T[c]);
    }
    const float mean_first = float(first / double(n)), mean_second = float(second / double(n));
    for (int64_t at = 0; at < n; at += PIECE) {
      const int64_t m = std::min(PIECE, n - at);
      group.spread(weight, offset, at, m);
      const float* du = activated && held ? held + at : slopes_at(at, m);
      put_gradient<add>(dx + at, du, x + at, group.mean, group.rstd, weight, mean_first, mean_second, m);
    }
  }

 private:
  /** both = Σ du, Σ du (x − mean), of numbers of one channel. */
  void add_up(float* both, const float* du, const float* numbers, int64_t n) const {
    if (n < STRANDS) {
      float s = 0.0f, t = 0.0f;
      for (int64_t i = 0; i < n; i++) s += du[i], t = fma(du[i], numbers[i] - group.mean, t);
      both[0] = s, both[1] = t;
      return;
    }
    Strands sum[ABREAST] = {};  // of the even and the odd sixteens
    int64_t i = 0;
    auto add = [&](int k, Strands d, Strands deviation) { sum[k] += d, sum[k + 1] += d * deviation; };
    for (; i + 2 * STRANDS <= n; i += 2 * STRANDS)
      for (int k = 0; k < 2; k++) {
        const int64_t at = i + k * STRANDS;
        add(2 * k, strands(du + at, STRANDS), strands(numbers + at, STRANDS) - group.mean);
      }
    if (i + STRANDS <= n) add(0, strands(du + i, STRANDS), strands(numbers + i, STRANDS) - group.mean), i += STRANDS;
    sum[0] += sum[2], sum[1] += sum[3];
    totals(both, sum);
    for (; i < n; i++) both[0] += du[i], both[1] = fma(du[i], numbers[i] - group.mean, both[1]);
  }
};

inline bool fits(const Sizes& of, const float* modulation, int activation) {
  return (activation == IDENTITY || activation == SILU) && of.groups >= 1 && of.C % of.groups == 0 &&
         (!modulation || of.modulation_rows == 1 || of.modulation_rows == of.B);
}

}  // namespace

extern "C" {

SILD_OP(sild_group_norm_forward)(float* y, float* mean, float* rstd, const float* x, const float* gain, const float* shift,
                                 const float* modulation, int64_t B, int64_t C, int64_t P, int64_t groups, int64_t modulation_rows,
                                 int activation, sild_stream* stream) {
  const Sizes of{B, C, P, groups, modulation_rows};
  if (!fits(of, modulation, activation)) return SILD_BAD_ARGUMENT;
  const int64_t n = of.numbers(), stride = modulation_rows == 1 ? 0 : 2 * C;
  parallel_rows(stream, B * groups, 2 * n, [=](int64_t begin, int64_t end) {
    float weight[PIECE], offset[PIECE];
    for (int64_t i = begin; i < end; i++) {
      const Channels channels{gain, shift, modulation ? modulation + i / groups * stride : nullptr, C};
      group_moments(mean + i, rstd + i, x + i * n, n);
      const Group group{channels, i % groups * of.channels(), P, mean[i], rstd[i]};
      for (int64_t at = 0; at < n; at += PIECE) {
        const int64_t m = std::min(PIECE, n - at);
        group.spread(weight, offset, at, m);
        (activation == SILU ? apply<true> : apply<false>)(y + i * n + at, x + i * n + at, mean[i], rstd[i], weight, offset, m);
      }
    }
  });
  return SILD_OK;
}

SILD_OP(sild_group_norm_backward)(float* dx, float* dgain, float* dshift, float* dmodulation, const float* dy, const float* x,
                                  const float* mean, const float* rstd, const float* gain, const float* shift,
                                  const float* modulation, int64_t B, int64_t C, int64_t P, int64_t groups,
                                  int64_t modulation_rows, int activation, int dx_add, sild_stream* stream) {
  const Sizes of{B, C, P, groups, modulation_rows};
  if (!fits(of, modulation, activation) || 2 * C > int64_t(sild_stream::SCRATCH_FLOATS)) return SILD_BAD_ARGUMENT;
  const int64_t n = of.numbers(), stride = modulation_rows == 1 ? 0 : 2 * C;
  const int64_t at_once = int64_t(sild_stream::SCRATCH_FLOATS) / std::max<int64_t>(2 * C, 1);  // samples whose sums fit
  float* sums = stream->scratch;                                                               // (samples, 2, C): S, then T
  auto channels_of = [=](int64_t b) { return Channels{gain, shift, modulation ? modulation + b * stride : nullptr, C}; };
  std::fill(dgain, dgain + C, 0.0f);
  std::fill(dshift, dshift + C, 0.0f);
  for (int64_t first = 0; first < B; first += at_once) {
    const int64_t last = std::min(B, first + at_once);
    auto body = [=](int member, int members) {
      const Range mine = share((last - first) * groups, 1, member, members);
      for (int64_t i = mine.begin; i < mine.end; i++) {
        const int64_t b = first + i / groups, c = i % groups * of.channels(), at = b * groups + i % groups;
        float *S = sums + i / groups * 2 * C + c, *T = S + C;
        Backward group;
        group.group = {channels_of(b), c, P, mean[at], rstd[at]};
        group.dy = dy + at * n, group.x = x + at * n, group.channels = of.channels(), group.activated = activation == SILU;
        group.held = n <= HELD ? stream->own(member) : nullptr;
        group.sums(S, T);
        dx_add ? group.put<true>(dx + at * n, S, T) : group.put<false>(dx + at * n, S, T);
        if (!dmodulation) continue;
        float *da = dmodulation + b * 2 * C + c, *dm = da + C;
        for (int64_t j = 0; j < of.channels(); j++) da[j] = fma(gain[c + j], T[j], shift[c + j] * S[j]), dm[j] = S[j];
      }
    };
    if ((last - first) * groups * n < 4096)
      body(0, 1);
    else
      together(stream, body);
    parallel_for(stream, C, STRANDS, std::max<int64_t>(STRANDS, 16384 / (last - first)), [=](int64_t begin, int64_t end) {
      for (int64_t b = first; b < last; b++) {
        const Channels of_sample = channels_of(b);
        const float *S = sums + (b - first) * 2 * C, *T = S + C;
        for (int64_t c = begin; c < end; c++) {
          const float scale = of_sample.scale(c);
          dshift[c] = fma(scale, S[c], dshift[c]);
          dgain[c] = fma(scale, T[c], dgain[c]);
        }
      }
    });
  }
  return SILD_OK;
}
}
