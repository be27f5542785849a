// C = α op(A) op(B) + β C, column-major, computed in double and rounded once.       op(A): (m, k), op(B): (k, n), C: (m, n)
#pragma once

#include <cstdint>

#include "../numbers.h"

namespace cublas {

struct Matrix {
  uint64_t address = 0;
  cudaDataType type = CUDA_R_32F;
  int64_t leading = 0, stride = 0;  // of a column; of a matrix in a batch
  bool transposed = false;

  double at(int64_t row, int64_t column) const {
    return numbers::load(type, address, transposed ? column + row * leading : row + column * leading);
  }
};

struct Scalar {
  double value = 0;
  uint64_t address = 0;  // where not 0, an f32 on the device, read when the product runs

  double get() const { return address == 0 ? value : numbers::load(CUDA_R_32F, address, 0); }
};

enum class Inputs { EXACT, TF32, BF16, F16 };  // what f32 operands are rounded to before they are multiplied

struct Product {
  Matrix a, b, c;
  int64_t m = 0, n = 0, k = 0, batch = 1;
  Scalar alpha{}, beta{};
  Inputs inputs = Inputs::EXACT;
  uint64_t workspace = 0;
  size_t workspace_bytes = 0;  // what of it is scribbled over, as by a real product that needs it
};

void multiply(Product product);

}  // namespace cublas
