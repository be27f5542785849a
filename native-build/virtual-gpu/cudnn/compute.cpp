#include "compute.h"

#include <algorithm>
#include <cstring>
#include <vector>

namespace cudnn {
namespace {

int64_t elements(const cudnnTensorStruct& t) { return int64_t(t.size[0]) * t.size[1] * t.size[2] * t.size[3]; }

// Calls f(index in the packed order n, c, h, w; index in memory).
template <class F>
void each(const cudnnTensorStruct& t, F f) {
  int64_t packed = 0;
  for (int64_t n = 0; n < t.size[0]; ++n)
    for (int64_t c = 0; c < t.size[1]; ++c)
      for (int64_t h = 0; h < t.size[2]; ++h)
        for (int64_t w = 0; w < t.size[3]; ++w, ++packed)
          f(packed, n * t.stride[0] + c * t.stride[1] + h * t.stride[2] + w * t.stride[3]);
}

double as_input(double x, const cudnnConvolutionStruct& shape, cudnnDataType_t type) {
  if (type != CUDNN_DATA_FLOAT || shape.math == CUDNN_FMA_MATH) return x;
  return shape.math == CUDNN_TENSOR_OP_MATH_ALLOW_CONVERSION ? numbers::to_bf16(x) : numbers::to_tf32(x);
}

std::vector<double> packed(const Operand& o, const cudnnConvolutionStruct& shape) {
  std::vector<double> values(static_cast<size_t>(elements(o.tensor)));
  each(o.tensor, [&](int64_t i, int64_t at) {
    values[static_cast<size_t>(i)] = as_input(numbers::load(format_of(o.tensor.type), o.address, at), shape, o.tensor.type);
  });
  return values;
}

void unpack(const Operand& o, const std::vector<double>& values, double alpha, double beta) {
  cudaDataType format = format_of(o.tensor.type);
  each(o.tensor, [&](int64_t i, int64_t at) {
    double result = alpha * values[static_cast<size_t>(i)];
    if (beta != 0) result += beta * numbers::load(format, o.address, at);  // with β = 0 it may hold anything
    numbers::store(format, o.address, at, result);
  });
}

// One axis of one tap: outputs [first, last) whose input, index × stride + offset, is no padding.
struct Reach {
  int first, last, offset;

  Reach(const cudnnConvolutionStruct& shape, int axis, int tap, int input, int output) {
    int step = shape.stride[axis];
    offset = tap * shape.dilation[axis] - shape.pad[axis];
    first = offset >= 0 ? 0 : (-offset + step - 1) / step;
    last = input - 1 - offset < 0 ? 0 : std::min(output, (input - 1 - offset) / step + 1);
  }
};

// For every image, pair of channels and tap: f(weight's index, x's index, y's index, count, x's step), row by row.
template <class F>
void each_row(const Convolution& c, F f) {
  const int *x = c.x.tensor.size, *w = c.w.tensor.size, *y = c.y.tensor.size;
  int outputs = w[0] / c.shape.groups;  // of a group
  for (int64_t n = 0; n < y[0]; ++n)
    for (int64_t k = 0; k < w[0]; ++k)
      for (int64_t i = 0; i < w[1]; ++i) {
        int64_t channel = k / outputs * w[1] + i;
        for (int r = 0; r < w[2]; ++r)
          for (int s = 0; s < w[3]; ++s) {
            Reach rows(c.shape, 0, r, x[2], y[2]), columns(c.shape, 1, s, x[3], y[3]);
            int64_t weight = ((k * w[1] + i) * w[2] + r) * w[3] + s;
            int step = c.shape.stride[1];
            for (int64_t p = rows.first; p < rows.last && columns.first < columns.last; ++p) {
              int64_t h = p * c.shape.stride[0] + rows.offset;
              f(weight, ((n * x[1] + channel) * x[2] + h) * x[3] + columns.first * step + columns.offset,
                ((n * y[1] + k) * y[2] + p) * y[3] + columns.first, columns.last - columns.first, step);
            }
          }
      }
}

void forward(const Convolution& c) {
  std::vector<double> x = packed(c.x, c.shape), w = packed(c.w, c.shape);
  std::vector<double> y(static_cast<size_t>(elements(c.y.tensor)));
  each_row(c, [&](int64_t weight, int64_t from, int64_t to, int count, int step) {
    double factor = w[static_cast<size_t>(weight)];
    for (int i = 0; i < count; ++i) y.data()[to + i] += factor * x.data()[from + int64_t(i) * step];
  });
  unpack(c.y, y, c.alpha, c.beta);
}

void backward_data(const Convolution& c) {
  std::vector<double> dy = packed(c.y, c.shape), w = packed(c.w, c.shape);
  std::vector<double> dx(static_cast<size_t>(elements(c.x.tensor)));
  each_row(c, [&](int64_t weight, int64_t to, int64_t from, int count, int step) {
    double factor = w[static_cast<size_t>(weight)];
    for (int i = 0; i < count; ++i) dx.data()[to + int64_t(i) * step] += factor * dy.data()[from + i];
  });
  unpack(c.x, dx, c.alpha, c.beta);
}

void backward_filter(const Convolution& c) {
  std::vector<double> x = packed(c.x, c.shape), dy = packed(c.y, c.shape);
  std::vector<double> dw(static_cast<size_t>(elements(c.w.tensor)));
  each_row(c, [&](int64_t weight, int64_t a, int64_t b, int count, int step) {
    double sum = 0;
    for (int i = 0; i < count; ++i) sum += x.data()[a + int64_t(i) * step] * dy.data()[b + i];
    dw[static_cast<size_t>(weight)] += sum;
  });
  unpack(c.w, dw, c.alpha, c.beta);
}

}  // namespace

void convolve(const Convolution& c) {
  memset(reinterpret_cast<void*>(c.workspace), 0xA5, c.workspace_bytes);
  switch (c.direction) {
    case Direction::FORWARD: return forward(c);
    case Direction::BACKWARD_DATA: return backward_data(c);
    case Direction::BACKWARD_FILTER: return backward_filter(c);
  }
}

void sum_over_all_but_channels(const Sum& s) {
  const cudnnTensorStruct& from = s.from.tensor;
  std::vector<double> sums(static_cast<size_t>(from.size[1]));
  int64_t plane = int64_t(from.size[2]) * from.size[3];
  each(from, [&](int64_t i, int64_t at) {
    sums[static_cast<size_t>(i / plane % from.size[1])] += numbers::load(format_of(from.type), s.from.address, at);
  });
  unpack(s.to, sums, s.alpha, s.beta);
}

void add_broadcast(const Sum& s) {
  cudnnTensorStruct view = s.to.tensor;  // the source with the destination's sizes: an axis of size 1 does not move
  for (int i = 0; i < 4; ++i) view.stride[i] = s.from.tensor.size[i] == 1 ? 0 : s.from.tensor.stride[i];
  std::vector<double> values(static_cast<size_t>(elements(view)));
  each(view, [&](int64_t i, int64_t at) {
    values[static_cast<size_t>(i)] = numbers::load(format_of(s.from.tensor.type), s.from.address, at);
  });
  unpack(s.to, values, s.alpha, s.beta);
}

}  // namespace cudnn
