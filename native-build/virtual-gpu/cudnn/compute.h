// The arithmetic: in double, rounded once.
#pragma once

#include "cudnn.h"

namespace cudnn {

struct Operand {
  cudnnTensorStruct tensor{};
  uint64_t address = 0;
};

enum class Direction { FORWARD, BACKWARD_DATA, BACKWARD_FILTER };

// y = x ⋆ w; dx and dw stand in the places of x and w.       x: (n, c, h, w), w: (k, c/groups, r, s), y: (n, k, p, q)
struct Convolution {
  Direction direction = Direction::FORWARD;
  Operand x, w, y;
  cudnnConvolutionStruct shape{};
  double alpha = 1, beta = 0;
  uint64_t workspace = 0;
  size_t workspace_bytes = 0;  // what of it is scribbled over, as by a real algorithm that needs it
};
void convolve(const Convolution& c);

struct Sum {
  Operand from, to;
  double alpha = 1, beta = 0;
};
void sum_over_all_but_channels(const Sum& s);  // to: (1, c, 1, 1)
void add_broadcast(const Sum& s);              // from: each size that of `to`, or 1

}  // namespace cudnn
