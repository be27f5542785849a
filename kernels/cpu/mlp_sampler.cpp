// kernels/cpu/mlp_sampler.cpp — a strip of samples goes through all evaluations while it lies in the second cache.
//
// The weights are packed once and stream past; what a layer makes of the strip is written by the epilogue before it in the
// format that the next product reads. A row's result does not depend on the strip it is in.
#include "../maths/mlp_sampler.h"

#include "../maths/step.h"
#include "runtime/noise.h"
#include "runtime/product.h"
#include "runtime/strands.h"

struct sild_step : sild::Step {};

using namespace sild;

namespace {

constexpr int64_t STRIP = 96;  // rows: a multiple of every tile's, and few enough to leave room for weights

template <class Format>
struct Network {
  static constexpr int64_t STRIDE = MLP_WIDTH / Format::K + SKEW;  // of a packed row, in units

  const float* packed;
  int64_t latent, width, blocks;

  struct Layer {
    const float *bias, *gain, *shift, *panels;
    int64_t inputs, outputs, room;  // room: units of a line, filled up

    int64_t panel() const { return Format::PARTS * Format::COLUMNS * room; }
    int64_t size() const { return whole(outputs, SIDE) + 2 * whole(inputs, SIDE) + whole(outputs, Format::COLUMNS) / Format::COLUMNS * panel(); }
  };

  /** Layers follow each other: bias (N), gain (K), shift (K), panels; without a norm, gain and shift have a place all the same. */
  Layer layer(int64_t wanted) const {
    const float* at = packed;
    for (int64_t i = 0;; i++) {
      MlpLayer size = mlp_layer(i, latent, width, blocks);
      int64_t n = whole(size.outputs, SIDE), k = whole(size.inputs, SIDE);
      int64_t room = whole((size.inputs + Format::K - 1) / Format::K, SIDE);
      Layer l{at, at + n, at + n + k, at + n + 2 * k, size.inputs, size.outputs, room};
      if (i == wanted) return l;
      at += l.size();
    }
  }

  int64_t floats() const {
    Layer last = layer(1 + 2 * blocks);
    return last.bias - packed + last.size();
  }
};

/** What one member of the team works in. */
template <class Format>
struct Workspace {
  static constexpr int64_t OPERAND = STRIP * Network<Format>::STRIDE;

  float *h, *y, *previous;  // (STRIP, W), (STRIP, Z), (STRIP, Z)
  Unit *left, *inner;       // packed operands: (parts, STRIP, STRIDE)

  explicit Workspace(float* at)
      : h(at),
        y(h + STRIP * MLP_WIDTH),
        previous(y + STRIP * MLP_LATENT),
        left(reinterpret_cast<Unit*>(previous + STRIP * MLP_LATENT)),
        inner(left + Format::PARTS * OPERAND) {
    static_assert(STRIP * (MLP_WIDTH + 2 * MLP_LATENT) + 2 * Format::PARTS * OPERAND <= int64_t(sild_stream::OWN_FLOATS), "");
  }
};

/** Columns j … j + n of a packed row; x has room for whole units, and zeros where n ends. */
template <class Format>
inline void put(Unit* row, int64_t j, const float* x, int64_t n) {
  for (int part = 0; part < Format::PARTS; part++)
    for (int64_t q = 0; q < n; q += SIDE * Format::K)
      store(row + part * Workspace<Format>::OPERAND + (j + q) / Format::K, Format::along(x + q, part));
}

/** epilogue(sum, row, first column, columns) over rows × outputs of a product of packed operands. */
template <class Format, class Epilogue>
inline void product(const typename Network<Format>::Layer& layer, const Unit* left, int64_t rows, const Epilogue& epilogue) {
  int64_t units = whole((layer.inputs + Format::K - 1) / Format::K, Format::GRAIN);
  for (int64_t j = 0; j < layer.outputs; j += Format::COLUMNS) {
    int64_t wide = std::min<int64_t>(Format::COLUMNS, layer.outputs - j);
    const float* panel = layer.panels + j / Format::COLUMNS * layer.panel();
    Panel right{reinterpret_cast<const Unit*>(panel), Format::COLUMNS, Format::COLUMNS * layer.room};
    for (int64_t i = 0; i < rows; i += Format::ROWS) {
      int64_t tall = std::min<int64_t>(Format::ROWS, rows - i);
      alignas(64) float sums[Format::ROWS * Format::COLUMNS];
      constexpr int64_t stride = Network<Format>::STRIDE;
      multiply_tile<Format>(sums, Format::COLUMNS, {left + i * stride, stride, Workspace<Format>::OPERAND}, tall, right, wide, units);
      for (int64_t r = 0; r < tall; r++) epilogue(sums + r * Format::COLUMNS, i + r, j, wide);
    }
  }
}

/** The operand of a layer behind a norm. Rows up to a multiple of ABREAST are there, whatever stands in them. */
template <class Format>
void norm(Unit* left, const float* h, int64_t rows, const typename Network<Format>::Layer& layer) {
  const int64_t n = layer.inputs;
  const float *gain = layer.gain, *shift = layer.shift;
  for (int64_t first = 0; first < rows; first += ABREAST, h += ABREAST * n) {
    float mean[ABREAST], rstd[ABREAST];
    moments<ABREAST>(mean, rstd, h, n);
    for (int64_t r = 0; r < std::min<int64_t>(ABREAST, rows - first); r++) {
      float normed[MLP_WIDTH + 2 * SIDE], mu = mean[r], by = rstd[r];
      for (int64_t j = 0; j < n; j++) normed[j] = fma((h[r * n + j] - mu) * by, gain[j], shift[j]);
      std::fill(normed + n, normed + whole(n, 2 * SIDE), 0.0f);
      put<Format>(left + (first + r) * Network<Format>::STRIDE, 0, normed, n);
    }
  }
}

/** The layers up to the last: c_in y stands in left, and what the last layer reads will. */
template <class Format>
void hidden(const Workspace<Format>& work, const Network<Format>& net, int64_t rows, const float* modulation) {
  constexpr int64_t stride = Network<Format>::STRIDE;
  int64_t width = net.width;
  float* h = work.h;
  auto in = net.layer(0);
  product<Format>(in, work.left, rows, [=](const float* sum, int64_t r, int64_t j, int64_t n) {
    float* at = h + r * width + j;
    for (int64_t q = 0; q < n; q++) at[q] = sum[q] + in.bias[j + q];
  });
  for (int64_t l = 0; l < net.blocks; l++) {
    auto first = net.layer(1 + 2 * l), second = net.layer(2 + 2 * l);
    const float* shift = modulation + l * width;
    norm<Format>(work.left, h, rows, first);
    product<Format>(first, work.left, rows, [=](float* sum, int64_t r, int64_t j, int64_t n) {
      for (int64_t q = 0; q < n; q++) sum[q] = silu(sum[q] + first.bias[j + q] + shift[j + q]);
      std::fill(sum + n, sum + Format::COLUMNS, 0.0f);
      put<Format>(work.inner + r * stride, j, sum, n);
    });
    product<Format>(second, work.inner, rows, [=](const float* sum, int64_t r, int64_t j, int64_t n) {
      float* at = h + r * width + j;
      for (int64_t q = 0; q < n; q++) at[q] += sum[q] + second.bias[j + q];
    });
  }
  norm<Format>(work.left, h, rows, net.layer(1 + 2 * net.blocks));
}

/** F becomes D, and D moves the state: one row. */
inline void update(float* __restrict__ state, float* __restrict__ y, float* __restrict__ previous, const float* __restrict__ F,
                   int64_t Z, Evaluation now, Key key, uint64_t sample) {
  float z[MLP_LATENT];
  if (now.s != 0.0f) fill_normals(z, key, 0, Z, sample, uint32_t(int32_t(now.step)));
  for (int64_t j = 0; j < Z; j++) {
    float denoised = sampler_step(y[j], F[j], now.skip, now.out);
    float next = fma(now.c, previous[j], sampler_step(state[j], denoised, now.a, now.b));
    if (now.s != 0.0f) next = fma(now.s, z[j], next);
    previous[j] = denoised;
    y[j] = next;
    if (now.keep == 0.0f) state[j] = next;
  }
}

/** Rows of one strip from beginning to end. x: (rows, Z). */
template <class Format>
void trajectory(float* x, int64_t rows, const Workspace<Format>& work, const Network<Format>& net, const float* modulation,
                const Evaluation* plan, int64_t evaluations, float start, Key key, uint64_t sample) {
  int64_t Z = net.latent;
  if (start > 0.0f)
    for (int64_t r = 0; r < rows; r++) {
      float z[MLP_LATENT];
      fill_normals(z, key, 0, Z, sample + uint64_t(r), START_STEP);
      for (int64_t j = 0; j < Z; j++) x[r * Z + j] = start * z[j];
    }
  std::copy(x, x + rows * Z, work.y);
  std::fill(work.previous, work.previous + rows * Z, 0.0f);
  auto last = net.layer(1 + 2 * net.blocks);
  float* F = work.h;  // nobody reads h once the last layer's operand is packed
  for (int64_t e = 0; e < evaluations; e++) {
    const Evaluation now = plan[e];
    for (int64_t r = 0; r < rows; r++) {
      float scaled[MLP_LATENT] = {};
      for (int64_t j = 0; j < Z; j++) scaled[j] = now.in * work.y[r * Z + j];
      put<Format>(work.left + r * Network<Format>::STRIDE, 0, scaled, Z);
    }
    hidden(work, net, rows, modulation + e * net.blocks * net.width);
    product<Format>(last, work.left, rows, [=](const float* sum, int64_t r, int64_t j, int64_t n) {
      for (int64_t q = 0; q < n; q++) F[r * Z + j + q] = sum[q] + last.bias[j + q];
    });
    for (int64_t r = 0; r < rows; r++)
      update(x + r * Z, work.y + r * Z, work.previous + r * Z, F + r * Z, Z, now, key, sample + uint64_t(r));
  }
}

}  // namespace

extern "C" {

SILD_OP(sild_mlp_packed_bytes)(int64_t* bytes, int64_t latent, int64_t width, int64_t blocks, sild_stream* stream) {
  in_format(stream->precision, [=](auto format) {
    *bytes = 4 * Network<decltype(format)>{nullptr, latent, width, blocks}.floats();
  });
  return SILD_OK;
}

SILD_OP(sild_pack_mlp)(void* packed, const float* weight, const float* bias, const float* gain, const float* shift, int64_t latent,
                       int64_t width, int64_t blocks, int64_t layer, sild_stream* stream) {
  if (layer < 0 || layer > 1 + 2 * blocks) return SILD_BAD_ARGUMENT;
  in_format(stream->precision, [=](auto format) {
    using Format = decltype(format);
    auto at = Network<Format>{static_cast<float*>(packed), latent, width, blocks}.layer(layer);
    std::copy(bias, bias + at.outputs, const_cast<float*>(at.bias));
    if (gain) {  // otherwise no norm comes before, and nobody will read the place of its vectors
      std::copy(gain, gain + at.inputs, const_cast<float*>(at.gain));
      std::copy(shift, shift + at.inputs, const_cast<float*>(at.shift));
    }
    Unit* to = reinterpret_cast<Unit*>(const_cast<float*>(at.panels));
    for (int64_t j = 0; j < at.outputs; j += Format::COLUMNS, to += at.panel())
      for (int part = 0; part < Format::PARTS; part++)
        pack<Format, Layout::PANEL>(to + part * Format::COLUMNS * at.room, Format::COLUMNS, {weight + j * at.inputs, at.inputs, 1},
                                    std::min<int64_t>(Format::COLUMNS, at.outputs - j), at.inputs, part);
  });
  return SILD_OK;
}

SILD_OP(sild_mlp_sampler)(float* x, const void* packed, const float* modulation, const float* plan, int64_t B, int64_t latent,
                          int64_t width, int64_t blocks, int64_t evaluations, float start, uint32_t seed, uint32_t purpose,
                          const sild_step* at, sild_stream* stream) {
  if (latent < 1 || latent > MLP_LATENT || width < 1 || width > MLP_WIDTH || blocks < 1) return SILD_BAD_ARGUMENT;
  uint64_t first_sample = at ? at->first_sample : 0;
  in_format(stream->precision, [=](auto format) {
    using Format = decltype(format);
    Network<Format> net{static_cast<const float*>(packed), latent, width, blocks};
    together(stream, [=](int member, int members) {
      typename Tile<Format>::Registers registers;
      Workspace<Format> work(stream->own(member));
      Range rows = share(B, Format::ROWS, member, members);
      for (int64_t row = rows.begin; row < rows.end; row += STRIP)
        trajectory(x + row * latent, std::min(STRIP, rows.end - row), work, net, modulation,
                   reinterpret_cast<const Evaluation*>(plan), evaluations, start, {seed, purpose}, first_sample + uint64_t(row));
    });
  });
  return SILD_OK;
}
}
