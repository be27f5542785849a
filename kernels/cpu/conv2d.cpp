// kernels/cpu/conv2d.cpp — the sums of conv2d.h as products of matrices, one of which is the windows of an image.
//
//   y(K, n) = w(K, crs) windows(crs, n)      dx: the same of dy with w turned round      dw(crs, K) = windows(crs, n) dy(n, K)
//
// n counts all outputs of all images. Windows are never in memory: they are packed from x into a thread's own cache, where a
// product would pack its operand anyway. Sums over n are cut into parts by their sizes alone, and added in their order.
#include "../maths/conv2d.h"

#include "../maths/reductions.h"
#include "runtime/planes.h"
#include "runtime/windows.h"

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
      ask_to_write(planes.at(i, j + done), planes.pixels, rows, run);
    }
  }

  void operator()(const float* sum, int64_t i, int64_t j, int64_t width) const {
    const int64_t at = planes.index(i, j);
    float* __restrict__ y = planes.y + at;
    const float b = bias ? bias[i] : 0.0f;
    if (residual)
      for (int64_t q = 0; q < width; q++) y[q] = (sum[q] + b) + residual[at + q];
    else if (bias)
      for (int64_t q = 0; q < width; q++) y[q] = sum[q] + b;
    else
      move(y, sum, width);
  }
};

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

/** dw: rows are taps, columns channels of y, and the sum runs over all outputs. */
template <class Format>
class WeightGradient {
 public:
  WeightGradient(float* dw, const float* dy, const Windows& x, int64_t K, sild_stream* stream)
      : stream(stream), dw(dw), x(x), dy{dy, K, x.P * x.Q}, K(K), strips((x.taps() + ROWS - 1) / ROWS), panels((K + COLUMNS - 1) / COLUMNS) {
    const int64_t most = std::max<int64_t>(1, int64_t(sild_stream::SCRATCH_FLOATS) / (panels * TILE));  // strips whose sums fit
    pass = std::min(strips, most);
    const int64_t outputs = x.outputs(), enough = (256 + pass - 1) / pass;
    parts = std::max<int64_t>(1, std::min({enough, outputs / 2048, most / pass}));
    part = whole((outputs + parts - 1) / parts, SIDE * Format::K);
  }

  /** What one member of the team does of it: some strips of rows in some parts of the outputs. */
  void work(int member, int members) const {
    typename Tile<Format>::Registers registers;
    for (int64_t first = 0; first < strips; first += pass) {
      const int64_t height = std::min(pass, strips - first);
      Range mine = share(parts * height, 1, member, members);
      for (int64_t p = mine.begin / height; p * height < mine.end; p++)
        add_part(p, first, {std::max(mine.begin - p * height, int64_t(0)), std::min(mine.end - p * height, height)}, member);
      stream->team->meet(members);
      Range rows = share(height, 1, member, members);
      for (int64_t i = rows.begin; i < rows.end; i++) finish(first, i);
      if (first + pass < strips) stream->team->meet(members);
    }
  }

 private:
  static constexpr int64_t ROWS = Format::ROWS, COLUMNS = Format::COLUMNS, TILE = ROWS * COLUMNS;
  static constexpr int64_t DEEP = 512;                 // units of a block of outputs
  static constexpr int64_t ROOM = DEEP / Format::PARTS, OUTPUTS = ROOM * Format::K;
  static constexpr int64_t STRIP = ROWS * (ROOM + SKEW), PANEL = COLUMNS * ROOM;
  static constexpr int64_t ABREAST = (int64_t(sild_stream::OWN_FLOATS) - STRIP * Format::PARTS) / (PANEL * Format::PARTS);
  static_assert(OUTPUTS <= Places::MOST, "");

  float* sums(int64_t p, int64_t i, int64_t j) const { return stream->scratch + ((p * pass + i) * panels + j) * TILE; }

  /** Adds up the outputs of a part for strips first + those in range. */
  void add_part(int64_t p, int64_t first, Range range, int member) const {
    Unit* strip = reinterpret_cast<Unit*>(stream->own(member));
    Unit* panel = strip + STRIP * Format::PARTS;
    const int64_t end = std::min((p + 1) * part, x.outputs());
    for (int64_t n = p * part; n < end; n += OUTPUTS) {
      const int64_t depth = std::min(OUTPUTS, end - n), units = whole((depth + Format::K - 1) / Format::K, Format::GRAIN);
      const Places places(x, n, depth);
      for (int64_t j = 0; j < panels; j += ABREAST) {
        const int64_t some = std::min(ABREAST, panels - j);
        for (int64_t q = 0; q < some; q++)
          for (int h = 0; h < Format::PARTS; h++)
            pack<Format, Layout::PANEL>(panel + (q * Format::PARTS + h) * PANEL, COLUMNS, dy.from((j + q) * COLUMNS, n),
                                        std::min(COLUMNS, K - (j + q) * COLUMNS), depth, h);
        for (int64_t i = range.begin; i < range.end; i++) {
          const int64_t tap = (first + i) * ROWS, tall = std::min(ROWS, x.taps() - tap);
          for (int h = 0; h < Format::PARTS; h++) pack_taps<Format>(strip + h * STRIP, ROOM + SKEW, places, Tap(x, tap), tall, h);
          for (int64_t q = 0; q < some; q++)
            add_tile(sums(p, i, j + q), {strip, ROOM + SKEW, STRIP}, tall, {panel + q * Format::PARTS * PANEL, COLUMNS, PANEL},
                     std::min(COLUMNS, K - (j + q) * COLUMNS), units, n == p * part);
        }
      }
    }
  }

  static void add_tile(float* __restrict__ to, Rows left, int64_t tall, Panel right, int64_t wide, int64_t units, bool first) {
    if (first) return multiply_tile<Format>(to, COLUMNS, left, tall, right, wide, units);
    alignas(64) float more[TILE];
    multiply_tile<Format>(more, COLUMNS, left, tall, right, wide, units);
    for (int64_t i = 0; i < tall * COLUMNS; i++) to[i] += more[i];
  }

  /** dw of strip first + i: the sums of all parts, in their order. */
  void finish(int64_t first, int64_t i) const {
    const int64_t tap = (first + i) * ROWS, tall = std::min(ROWS, x.taps() - tap);
    for (int64_t j = 0; j < panels; j++) {
      float* __restrict__ sum = sums(0, i, j);
      for (int64_t p = 1; p < parts; p++)
        for (int64_t at = 0; at < tall * COLUMNS; at++) sum[at] += sums(p, i, j)[at];
      for (int64_t k = j * COLUMNS; k < std::min(K, (j + 1) * COLUMNS); k++)
        for (int64_t r = 0; r < tall; r++) dw[k * x.taps() + tap + r] = sum[r * COLUMNS + k - j * COLUMNS];
    }
  }

  sild_stream* stream;
  float* dw;
  Windows x;
  ChannelLines dy;
  int64_t K, strips, panels;
  int64_t pass, parts, part;  // strips at a time; so many parts of the outputs; so many outputs to each
};

void weight_gradient(float* dw, const float* dy, const float* x, const Convolution& conv, sild_stream* stream) {
  in_format(stream->precision, [&](auto format) {
    const WeightGradient<decltype(format)> gradient(dw, dy, conv.windows(x), conv.K, stream);
    together(stream, [&](int member, int members) { gradient.work(member, members); });
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

SILD_OP(sild_conv2d_forward)(float* y, const float* x, const float* w, const float* bias, const float* residual, int64_t B, int64_t C,
                             int64_t H, int64_t W, int64_t K, int64_t R, int64_t S, int64_t stride, int64_t padding, sild_stream* stream) {
  Convolution conv(B, C, H, W, K, R, S, stride, padding);
  if (!conv.valid()) return SILD_BAD_ARGUMENT;
  const Windows windows = conv.windows(x);
  const Planes planes{y, K, conv.P * conv.Q};
  multiply(stream, planes, Matrix{w, windows.taps(), 1}, WindowLines{&windows}, K, windows.outputs(), windows.taps(), false,
           Image{planes, bias, residual});
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
