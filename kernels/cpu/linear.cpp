// kernels/cpu/linear.cpp — a layer is one product; bias, modulation, activation and residual happen in its epilogue.
#include "../maths/linear.h"
#include "runtime/product.h"

using namespace sild;

namespace {

/** u += v. */
inline void add(float* __restrict__ u, const float* __restrict__ v, int64_t n) {
  for (int64_t i = 0; i < n; i++) u[i] += v[i];
}

constexpr int64_t WIDEST = F32::COLUMNS > 32 ? F32::COLUMNS : 32;  // piece that an epilogue gets

struct Neutral {
  float zero[WIDEST] = {}, one[WIDEST];

  constexpr Neutral() : one() {
    for (float& x : one) x = 1.0f;
  }
};
constexpr Neutral NEUTRAL;  // what is not there adds 0, or multiplies by 1: one loop for all layers

/** What a layer makes of its sums. */
struct Layer {
  float *y, *u;
  const float *bias, *modulation, *gain, *residual;
  int64_t N, modulation_stride;
  int activation;

  void expect(int64_t i, int64_t j, int64_t rows, int64_t columns) const {
    ask_to_write(y + i * N + j, N, rows, columns);
    if (u) ask_to_write(u + i * N + j, N, rows, columns);
  }

  void operator()(float* sum, int64_t i, int64_t j, int64_t at, int64_t width) const {
    const float *b = bias ? bias + j : NEUTRAL.zero, *m = modulation ? modulation + i * modulation_stride + j : NEUTRAL.zero;
    const float *g = gain ? gain + j : NEUTRAL.one, *r = residual ? residual + at : NEUTRAL.zero;
    if (activation == SILU)
      u ? piece<true, true>(y + at, u + at, sum, b, m, g, r, width) : piece<true, false>(y + at, sum, sum, b, m, g, r, width);
    else
      u ? piece<false, true>(y + at, u + at, sum, b, m, g, r, width) : piece<false, false>(y + at, sum, sum, b, m, g, r, width);
  }

 private:
  template <bool has_silu, bool has_u>
  static void piece(float* y, float* u, const float* sum, const float* b, const float* m, const float* g, const float* r, int64_t n) {
#pragma GCC ivdep
    for (int64_t q = 0; q < n; q++) {
      float s = sum[q] + b[q] + m[q];
      if (has_u) u[q] = s;
      if (has_silu) s = silu(s);
      y[q] = fma(s, g[q], r[q]);
    }
  }
};

constexpr int64_t PIECE = 256;       // columns at a time
constexpr int64_t ROWS_A_PART = 64;  // column sums: rows are added in parts of this size or more, then the parts, always in this order

/** One piece of a row: du = dy ∘ gain ∘ φ'(u), added to sums. du may be dy. */
template <bool silu, bool scaled>
inline void slope(float* du, float* __restrict__ sums, const float* dy, const float* __restrict__ u, const float* __restrict__ gain,
                  int64_t n) {
#pragma GCC ivdep
  for (int64_t j = 0; j < n; j++) {
    float d = scaled ? dy[j] * gain[j] : dy[j];
    if (silu) d *= silu_slope(u[j]);
    du[j] = d;
    sums[j] += d;
  }
}

/** The same where dy is du already. */
inline void sums_alone(float*, float* __restrict__ sums, const float* dy, const float*, const float*, int64_t n) {
  for (int64_t j = 0; j < n; j++) sums[j] += dy[j];
}

/** du, and dbias if there is one, in one pass. */
void activation_gradient(float* du, float* dbias, const float* dy, const float* u, const float* gain, int64_t B, int64_t N,
                         int activation, sild_stream* stream) {
  auto piece = activation == SILU ? (gain ? slope<true, true> : slope<true, false>)
                                  : (gain ? slope<false, true> : du == dy ? sums_alone : slope<false, false>);
  int64_t most = int64_t(sild_stream::SCRATCH_FLOATS) / std::max<int64_t>(N, 1);  // parts whose sums fit
  int64_t rows = most < 1 ? std::max<int64_t>(B, 1) : std::max(ROWS_A_PART, (B + most - 1) / most), parts = (B + rows - 1) / rows;
  int64_t pieces = (N + PIECE - 1) / PIECE;
  if (dbias && parts == 0) std::fill(dbias, dbias + N, 0.0f);
  float* part_sums = parts > 1 ? stream->scratch : dbias;  // (parts, N)
  auto body = [=](int member, int members) {
    Range mine = share(parts * pieces, 1, member, members);
    for (int64_t i = mine.begin; i < mine.end; i++) {
      int64_t part = i / pieces, j = i % pieces * PIECE, n = std::min(PIECE, N - j);
      float sums[PIECE] = {};
      for (int64_t b = part * rows; b < std::min(B, (part + 1) * rows); b++)
        piece(du + b * N + j, sums, dy + b * N + j, u ? u + b * N + j : nullptr, gain ? gain + j : nullptr, n);
      if (dbias) std::copy(sums, sums + n, part_sums + part * N + j);
    }
    if (!dbias || parts <= 1) return;
    stream->team->meet(members);
    Range columns = share(N, LANES, member, members);
    std::fill(dbias + columns.begin, dbias + columns.end, 0.0f);
    for (int64_t part = 0; part < parts; part++)
      add(dbias + columns.begin, part_sums + part * N + columns.begin, columns.end - columns.begin);
  };
  if (B * N < 8192)
    body(0, 1);
  else
    together(stream, body);
}

}  // namespace

extern "C" {

SILD_OP(sild_linear_forward)(float* y, float* u, const float* x, const float* w, const float* bias, const float* modulation,
                             const float* gain, const float* residual, int64_t B, int64_t N, int64_t K, int64_t modulation_rows,
                             int activation, sild_stream* stream) {
  if (activation != IDENTITY && activation != SILU) return SILD_BAD_ARGUMENT;
  if (modulation && modulation_rows != 1 && modulation_rows != B) return SILD_BAD_ARGUMENT;
  Layer epilogue{y, u, bias, modulation, gain, residual, N, modulation_rows == 1 ? 0 : N, activation};
  multiply(stream, y, {x, K, 1}, {w, K, 1}, B, N, K, false, epilogue);
  return SILD_OK;
}

SILD_OP(sild_linear_backward)(float* dx, float* dw, float* dbias, float* du, const float* dy, const float* u, const float* x,
                              const float* w, const float* gain, int64_t B, int64_t N, int64_t K, int dx_add, int dw_add,
                              int activation, sild_stream* stream) {
  if (activation != IDENTITY && activation != SILU) return SILD_BAD_ARGUMENT;
  if (activation == SILU && !u) return SILD_BAD_ARGUMENT;
  if (activation == SILU || gain || du != dy || dbias) activation_gradient(du, dbias, dy, u, gain, B, N, activation, stream);
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
