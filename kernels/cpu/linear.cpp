// kernels/cpu/linear.cpp — a layer is one product; bias, modulation, activation and residual happen in its epilogue.
#include "../maths/linear.h"
#include "runtime/product.h"

using namespace sild;

namespace {

/** u += v on one piece of a row, v possibly absent. */
inline void add(float* __restrict__ u, const float* __restrict__ v, int64_t n) {
  if (v)
    for (int64_t i = 0; i < n; i++) u[i] += v[i];
}

constexpr int64_t PIECE = 64;        // columns at a time
constexpr int64_t ROWS_A_PART = 64;  // column sums: rows are added in parts of this size, then the parts, always in this order

void column_sums(float* sums, const float* x, int64_t B, int64_t N, sild_stream* stream) {
  parallel_for(stream, N, LANES, std::max<int64_t>(LANES, 65536 / std::max<int64_t>(B, 1)), [=](int64_t begin, int64_t end) {
    std::fill(sums + begin, sums + end, 0.0f);
    for (int64_t b0 = 0; b0 < B; b0 += ROWS_A_PART)
      for (int64_t j0 = begin; j0 < end; j0 += PIECE) {
        float part[PIECE] = {};
        int64_t width = std::min<int64_t>(PIECE, end - j0);
        for (int64_t b = b0; b < std::min(B, b0 + ROWS_A_PART); b++)
          for (int64_t j = 0; j < width; j++) part[j] += x[b * N + j0 + j];
        for (int64_t j = 0; j < width; j++) sums[j0 + j] += part[j];
      }
  });
}

}  // namespace

extern "C" {

SILD_OP(sild_linear_forward)(float* y, float* u, const float* x, const float* w, const float* bias, const float* modulation,
                             const float* gain, const float* residual, int64_t B, int64_t N, int64_t K, int64_t modulation_rows,
                             int activation, sild_stream* stream) {
  if (activation != IDENTITY && activation != SILU) return SILD_BAD_ARGUMENT;
  if (modulation && modulation_rows != 1 && modulation_rows != B) return SILD_BAD_ARGUMENT;
  auto epilogue = [=](float* __restrict__ sum, int64_t i, int64_t j, int64_t width) {
    int64_t at = i * N + j;
    if (bias) add(sum, bias + j, width);
    if (modulation) add(sum, modulation + (modulation_rows == 1 ? j : at), width);
    if (u) std::copy(sum, sum + width, u + at);
    if (activation == SILU)
      for (int64_t q = 0; q < width; q++) sum[q] = silu(sum[q]);
    if (gain)
      for (int64_t q = 0; q < width; q++) sum[q] *= gain[j + q];
    if (residual) add(sum, residual + at, width);
    std::copy(sum, sum + width, y + at);
  };
  multiply(stream, y, {x, K, 1}, {w, K, 1}, B, N, K, false, epilogue);
  return SILD_OK;
}

SILD_OP(sild_linear_backward)(float* dx, float* dw, float* dbias, float* du, const float* dy, const float* u, const float* x,
                              const float* w, const float* gain, int64_t B, int64_t N, int64_t K, int dx_add, int dw_add,
                              int activation, sild_stream* stream) {
  if (activation != IDENTITY && activation != SILU) return SILD_BAD_ARGUMENT;
  if (activation == SILU && !u) return SILD_BAD_ARGUMENT;
  if (activation == SILU || gain || du != dy)
    parallel_rows(stream, B, N, [=](int64_t begin, int64_t end) {
      for (int64_t b = begin; b < end; b++) {
        const float *dy_row = dy + b * N, *u_row = u ? u + b * N : nullptr;
        float* du_row = du + b * N;
        for (int64_t j = 0; j < N; j++) du_row[j] = gain ? dy_row[j] * gain[j] : dy_row[j];
        if (activation == SILU)
          for (int64_t j = 0; j < N; j++) du_row[j] *= silu_slope(u_row[j]);
      }
    });
  if (dbias) column_sums(dbias, du, B, N, stream);
  if (dw) multiply(stream, dw, {du, 1, N}, {x, 1, K}, N, K, B, dw_add);
  if (dx) multiply(stream, dx, {du, N, 1}, {w, 1, K}, B, K, N, dx_add);
  return SILD_OK;
}

SILD_OP(sild_matmul)(float* c, const float* a, const float* b, int64_t M, int64_t N, int64_t K, int a_transposed,
                     int b_transposed, int add, sild_stream* stream) {
  Matrix left = a_transposed ? Matrix{a, 1, M} : Matrix{a, K, 1};
  Matrix right = b_transposed ? Matrix{b, K, 1} : Matrix{b, 1, N};
  multiply(stream, c, left, right, M, N, K, add);
  return SILD_OK;
}
}
