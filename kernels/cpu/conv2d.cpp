// kernels/cpu/conv2d.cpp — the sums of conv2d.h tap by tap: one weight meets a row of pixels at a time.
//
// Threads share planes of the output (y, dx) or pairs of channels (dw), never a sum; no copy of x in another layout is made.
#include "../maths/conv2d.h"

#include "../maths/reductions.h"
#include "runtime/stream.h"

using namespace sild;

namespace {

struct Convolution {
  int64_t B, C, H, W, K, R, S, P, Q;
  int64_t stride, padding;

  Convolution(int64_t B, int64_t C, int64_t H, int64_t W, int64_t K, int64_t R, int64_t S, int64_t stride, int64_t padding)
      : B(B), C(C), H(H), W(W), K(K), R(R), S(S), P(0), Q(0), stride(stride), padding(padding) {
    if (stride < 1 || padding < 0) return;
    P = conv_outputs(H, R, stride, padding);
    Q = conv_outputs(W, S, stride, padding);
  }
  bool valid() const { return B >= 0 && C > 0 && K > 0 && R > 0 && S > 0 && P > 0 && Q > 0; }

  /** row(r, s, p, first output, width, first pixel) for each piece of an output row that tap (r, s) finds on pixels. */
  template <class Row>
  void taps(const Row& row) const {
    for (int64_t r = 0; r < R; r++) {
      Taps rows = conv_taps(H, P, r, stride, padding);
      for (int64_t s = 0; s < S; s++) {
        Taps columns = conv_taps(W, Q, s, stride, padding);
        int64_t width = columns.end - columns.begin, first = columns.begin * stride + s - padding;
        for (int64_t p = rows.begin; p < rows.end && width > 0; p++)
          row(r * S + s, p * Q + columns.begin, (p * stride + r - padding) * W + first, width);
      }
    }
  }
};

/** y[i] += weight · x[i · stride]. */
inline void gather_row(float* __restrict__ y, const float* __restrict__ x, float weight, int64_t n, int64_t stride) {
  if (stride == 1)
    for (int64_t i = 0; i < n; i++) y[i] = fma(weight, x[i], y[i]);
  else
    for (int64_t i = 0; i < n; i++) y[i] = fma(weight, x[i * stride], y[i]);
}

/** dx[i · stride] += weight · dy[i]. */
inline void scatter_row(float* __restrict__ dx, const float* __restrict__ dy, float weight, int64_t n, int64_t stride) {
  if (stride == 1)
    for (int64_t i = 0; i < n; i++) dx[i] = fma(weight, dy[i], dx[i]);
  else
    for (int64_t i = 0; i < n; i++) dx[i * stride] = fma(weight, dy[i], dx[i * stride]);
}

void data_gradient(float* dx, const float* dy, const float* w, const Convolution& conv, bool add, sild_stream* stream) {
  int64_t pixels = conv.H * conv.W, outputs = conv.P * conv.Q, window = conv.R * conv.S;
  parallel_rows(stream, conv.B * conv.C, conv.K * window * outputs, [=](int64_t begin, int64_t end) {
    for (int64_t plane = begin; plane < end; plane++) {
      int64_t b = plane / conv.C, c = plane % conv.C;
      float* to = dx + plane * pixels;
      if (!add) std::fill(to, to + pixels, 0.0f);
      for (int64_t k = 0; k < conv.K; k++) {
        const float *from = dy + (b * conv.K + k) * outputs, *weight = w + (k * conv.C + c) * window;
        conv.taps([=](int64_t tap, int64_t output, int64_t pixel, int64_t width) {
          scatter_row(to + pixel, from + output, weight[tap], width, conv.stride);
        });
      }
    }
  });
}

void weight_gradient(float* dw, const float* dy, const float* x, const Convolution& conv, sild_stream* stream) {
  int64_t pixels = conv.H * conv.W, outputs = conv.P * conv.Q, window = conv.R * conv.S;
  parallel_rows(stream, conv.K * conv.C, conv.B * window * outputs, [=](int64_t begin, int64_t end) {
    for (int64_t pair = begin; pair < end; pair++) {
      int64_t k = pair / conv.C, c = pair % conv.C;
      float* to = dw + pair * window;
      std::fill(to, to + window, 0.0f);
      for (int64_t b = 0; b < conv.B; b++) {
        const float *left = dy + (b * conv.K + k) * outputs, *right = x + (b * conv.C + c) * pixels;
        conv.taps([=](int64_t tap, int64_t output, int64_t pixel, int64_t width) {
          const float *l = left + output, *r = right + pixel;
          to[tap] += strand_sum(width, [=](int64_t i) { return l[i] * r[i * conv.stride]; });
        });
      }
    }
  });
}

void bias_gradient(float* dbias, const float* dy, const Convolution& conv, sild_stream* stream) {
  int64_t outputs = conv.P * conv.Q;
  parallel_rows(stream, conv.K, conv.B * outputs, [=](int64_t begin, int64_t end) {
    for (int64_t k = begin; k < end; k++) {
      dbias[k] = 0.0f;
      for (int64_t b = 0; b < conv.B; b++) {
        const float* plane = dy + (b * conv.K + k) * outputs;
        dbias[k] += strand_sum(outputs, [=](int64_t i) { return plane[i]; });
      }
    }
  });
}

}  // namespace

extern "C" {

SILD_OP(sild_conv2d_forward)(float* y, const float* x, const float* w, const float* bias, int64_t B, int64_t C, int64_t H, int64_t W,
                             int64_t K, int64_t R, int64_t S, int64_t stride, int64_t padding, sild_stream* stream) {
  Convolution conv(B, C, H, W, K, R, S, stride, padding);
  if (!conv.valid()) return SILD_BAD_ARGUMENT;
  int64_t pixels = H * W, outputs = conv.P * conv.Q, window = R * S;
  parallel_rows(stream, B * K, C * window * outputs, [=](int64_t begin, int64_t end) {
    for (int64_t plane = begin; plane < end; plane++) {
      int64_t b = plane / K, k = plane % K;
      float* to = y + plane * outputs;
      std::fill(to, to + outputs, 0.0f);
      for (int64_t c = 0; c < C; c++) {
        const float *from = x + (b * C + c) * pixels, *weight = w + (k * C + c) * window;
        conv.taps([=](int64_t tap, int64_t output, int64_t pixel, int64_t width) {
          gather_row(to + output, from + pixel, weight[tap], width, stride);
        });
      }
      if (bias)
        for (int64_t i = 0; i < outputs; i++) to[i] += bias[k];
    }
  });
  return SILD_OK;
}

SILD_OP(sild_conv2d_backward)(float* dx, float* dw, float* dbias, const float* dy, const float* x, const float* w, int64_t B,
                              int64_t C, int64_t H, int64_t W, int64_t K, int64_t R, int64_t S, int64_t stride, int64_t padding,
                              int dx_add, sild_stream* stream) {
  Convolution conv(B, C, H, W, K, R, S, stride, padding);
  if (!conv.valid()) return SILD_BAD_ARGUMENT;
  if (dx) data_gradient(dx, dy, w, conv, dx_add, stream);
  weight_gradient(dw, dy, x, conv, stream);
  if (dbias) bias_gradient(dbias, dy, conv, stream);
  return SILD_OK;
}
}
