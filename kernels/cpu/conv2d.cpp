// kernels/cpu/conv2d.cpp — the sums of conv2d.h as products of matrices, one of which is the windows of an image.
//
//   y(K, n) = w(K, crs) windows(crs, n)      dx: the same of dy with w turned round      dw(crs, K) = windows(crs, n) dy(n, K)
//
// n counts all outputs of all images. Windows are never in memory: they are packed from x into a thread's own cache, where a
// product would pack its operand anyway. Sums over n are cut into parts by their sizes alone, and added in their order.
#include "../maths/conv2d.h"

#include "../maths/reductions.h"
#include "runtime/window_gradient.h"
#include "runtime/winograd_gradient.h"

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
  Windows windows(const float* x) const { return {x, B, C, H, W, R, S, P, Q, stride, padding, padding}; }
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

/** What becomes of the sums of a piece of a plane. */
struct Image {
  Planes planes;
  const float *bias, *residual;

  void expect(int64_t i, int64_t j, int64_t rows, int64_t columns) const {
    for (int64_t done = 0, run = 0; done < columns; done += run) {
      run = planes.run(j + done, columns - done);
      ask_to_write(planes.c + planes.index(i, j + done), planes.N, rows, run);
    }
  }

  void operator()(const float* __restrict__ sum, int64_t i, int64_t, int64_t at, int64_t width) const {
    float* y = planes.c + at;
    const float* r = residual ? residual + at : nullptr;  // it may be y
    const float b = bias ? bias[i] : 0.0f;
    if (r) {
#pragma GCC ivdep
      for (int64_t q = 0; q < width; q++) y[q] = (sum[q] + b) + r[q];
    } else if (bias) {
      for (int64_t q = 0; q < width; q++) y[q] = sum[q] + b;
    } else {
      move(y, sum, width);
    }
  }
};

/** Whether multiplications may be saved at the price of a rounding: f32 allows it, and in bf16 they cost less anyway. */
bool may_round(sild_stream* stream) {
  bool plain = false;
  in_format(stream->precision, [&](auto format) { plain = std::is_same_v<decltype(format), F32>; });
  return plain && stream->precision == SILD_F32_FAST;
}

/** job.work on the team; so few products are not worth waking anybody. */
template <class Job>
void share_work(const Job& job, int64_t products, sild_stream* stream) {
  if (products < 32768) return job.work(0, 1);
  together(stream, [&](int member, int members) { job.work(member, members); });
}

/** dx[i · stride] += weight · dy[i]. */
inline void scatter_row(float* __restrict__ dx, const float* __restrict__ dy, float weight, int64_t n, int64_t stride) {
  for (int64_t i = 0; i < n; i++) dx[i * stride] = fma(weight, dy[i], dx[i * stride]);
}

/** dx of any stride. */
void scatter_gradient(float* dx, const float* dy, const float* w, const Convolution& conv, bool add, sild_stream* stream) {
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
  const Windows windows = conv.windows(x);
  const int64_t products = conv.K * windows.taps() * windows.outputs();
  if (products == 0) {
    std::fill(dw, dw + conv.K * windows.taps(), 0.0f);
  } else if (may_round(stream) && WinogradGradient::suits(windows, conv.K)) {
    share_work(WinogradGradient(stream, dw, dy, windows, conv.K), products, stream);
  } else {
    in_format(stream->precision, [&](auto format) {
      share_work(WeightGradient<decltype(format)>(dw, dy, windows, conv.K, stream), products, stream);
    });
  }
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

SILD_OP(sild_conv2d_forward)(float* y, const float* x, const float* w, const float* bias, const float* residual, int64_t B, int64_t C,
                             int64_t H, int64_t W, int64_t K, int64_t R, int64_t S, int64_t stride, int64_t padding, sild_stream* stream) {
  Convolution conv(B, C, H, W, K, R, S, stride, padding);
  if (!conv.valid()) return SILD_BAD_ARGUMENT;
  const Windows windows = conv.windows(x);
  const Planes planes{y, K, conv.P * conv.Q};
  const Weights3x3 weights{w, K, C, C * R * S, R * S, false};
  const Image epilogue{planes, bias, residual};
  if (may_round(stream) && Winograd<Image>::suits(windows, weights))
    share_work(Winograd<Image>(stream, windows, weights, epilogue), K * windows.taps() * windows.outputs(), stream);
  else
    multiply(stream, planes, Matrix{w, windows.taps(), 1}, WindowLines{&windows}, K, windows.outputs(), windows.taps(), false,
             epilogue);
  return SILD_OK;
}

SILD_OP(sild_conv2d_backward)(float* dx, float* dw, float* dbias, const float* dy, const float* x, const float* w, int64_t B,
                              int64_t C, int64_t H, int64_t W, int64_t K, int64_t R, int64_t S, int64_t stride, int64_t padding,
                              int dx_add, sild_stream* stream) {
  Convolution conv(B, C, H, W, K, R, S, stride, padding);
  if (!conv.valid()) return SILD_BAD_ARGUMENT;
  if (dx && stride == 1) {  // a convolution of dy with the windows turned round
    const Windows windows{dy, B, K, conv.P, conv.Q, R, S, H, W, 1, R - 1 - padding, S - 1 - padding};
    const Planes planes{dx, C, H * W};
    const Weights3x3 weights{w, C, K, R * S, C * R * S, true};
    if (may_round(stream) && Winograd<Image>::suits(windows, weights))
      share_work(Winograd<Image>(stream, windows, weights, Image{planes, nullptr, dx_add ? dx : nullptr}),
                 C * windows.taps() * windows.outputs(), stream);
    else
      multiply(stream, planes, TurnedWeights{w, C, R * S}, WindowLines{&windows}, C, windows.outputs(), windows.taps(), dx_add,
               Image{planes, nullptr, nullptr});
  } else if (dx) {
    scatter_gradient(dx, dy, w, conv, dx_add, stream);
  }
  weight_gradient(dw, dy, x, conv, stream);
  if (dbias) bias_gradient(dbias, dy, conv, stream);
  return SILD_OK;
}
}
