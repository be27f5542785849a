#include "product.h"

#include <cstring>
#include <vector>

namespace cublas {
namespace {

double as_input(double x, Inputs inputs) {
  switch (inputs) {
    case Inputs::EXACT: return x;
    case Inputs::TF32: return numbers::to_tf32(x);
    case Inputs::BF16: return numbers::to_bf16(x);
    case Inputs::F16: return numbers::from_f16(numbers::f16_bits(x));
  }
  return x;
}

// (rows, columns) with a row's elements side by side.
std::vector<double> packed(const Matrix& matrix, int64_t rows, int64_t columns, Inputs inputs) {
  std::vector<double> values(static_cast<size_t>(rows * columns));
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < columns; ++c) values[static_cast<size_t>(r * columns + c)] = as_input(matrix.at(r, c), inputs);
  return values;
}

Matrix transpose(Matrix matrix) {
  matrix.transposed = !matrix.transposed;
  return matrix;
}

void multiply_one(const Product& p) {
  double alpha = p.alpha.get(), beta = p.beta.get();
  std::vector<double> a = packed(transpose(p.a), p.k, p.m, p.inputs);  // (k, m)
  std::vector<double> b = packed(transpose(p.b), p.n, p.k, p.inputs);  // (n, k)
  std::vector<double> column(static_cast<size_t>(p.m));
  for (int64_t j = 0; j < p.n; ++j) {
    column.assign(column.size(), 0);
    for (int64_t q = 0; q < p.k; ++q) {
      const double* row = a.data() + q * p.m;
      double factor = b[static_cast<size_t>(j * p.k + q)];
      for (int64_t i = 0; i < p.m; ++i) column[static_cast<size_t>(i)] += factor * row[i];
    }
    for (int64_t i = 0; i < p.m; ++i) {
      double sum = alpha * column[static_cast<size_t>(i)];
      if (beta != 0) sum += beta * p.c.at(i, j);  // with β = 0, C may hold anything
      numbers::store(p.c.type, p.c.address, i + j * p.c.leading, sum);
    }
  }
}

}  // namespace

void multiply(Product p) {
  memset(reinterpret_cast<void*>(p.workspace), 0xA5, p.workspace_bytes);
  for (int64_t i = 0; i < p.batch; ++i) {
    multiply_one(p);
    for (Matrix* next : {&p.a, &p.b, &p.c}) next->address += static_cast<uint64_t>(next->stride) * numbers::bytes_of(next->type);
  }
}

}  // namespace cublas
