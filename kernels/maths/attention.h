// kernels/maths/attention.h — softmax attention (Vaswani et al. 2017) by tiles, T × T never in memory (Dao et al. 2022).
//
//   s_tk = ⟨q_t, k_k⟩/√d,  L_t = ln Σ_k e^{s_tk},  p_tk = e^{s_tk − L_t},  y_t = Σ_k p_tk v_k        q, k, v, y of a head: (T, d)
//   dv_k = Σ_t p_tk dy_t,  ds_tk = p_tk (⟨dy_t, v_k⟩ − δ_t),  δ_t = ⟨dy_t, y_t⟩
//   dq_t = Σ_k ds_tk k_k/√d,  dk_k = Σ_t ds_tk q_t/√d
//
// With streaming, o and l belong to the largest s so far, m: a larger one shrinks both by e^{m − m'}. L_t = m + ln l, y = o/l.
#pragma once

#include "elementary.h"

namespace sild {

enum TokenLayout { CHANNELS_FIRST = 0, TOKENS_FIRST = 1 };

constexpr int MOST_HEAD_CHANNELS = 64;

/** The numbers of a head: that of token t in channel i stands at data[t · token + i · channel]. */
template <class Number>
struct Head {
  Number* data;
  int64_t token, channel;

  SILD_FN Number* at(int64_t t) const { return data + t * token; }
};

/** d channels from `first` on of sample b; x: (B, width, T), or (B, T, width). */
template <class Number>
SILD_FN Head<Number> head_of(Number* x, int64_t b, int64_t first, int64_t width, int64_t T, int layout) {
  if (layout == CHANNELS_FIRST) return {x + (b * width + first) * T, 1, T};
  return {x + b * T * width + first, width, 1};
}

}  // namespace sild
