// kernels/cpu/mlp_sampler.cpp — one row at a time through all evaluations: the state, and what a layer makes of it, stay in cache.
#include "../maths/mlp_sampler.h"

#include "../maths/step.h"
#include "runtime/stream.h"

struct sild_step : sild::Step {};

static_assert(3 * sild::MLP_WIDTH * 1024 <= int64_t(sild_stream::SCRATCH_FLOATS), "three rows for each of the most threads");

using namespace sild;

namespace {

/** Packed on a CPU is one layer after the other: weight (N, K), bias (N), gain (K), shift (K); layers without a norm too. */
int64_t packed_at(int64_t layer, int64_t latent, int64_t width, int64_t blocks) {
  int64_t at = 0;
  for (int64_t i = 0; i < layer; i++) {
    MlpLayer size = mlp_layer(i, latent, width, blocks);
    at += size.outputs * (size.inputs + 1) + 2 * size.inputs;
  }
  return at;
}

struct Packed {
  const float *weight, *bias, *gain, *shift;
  int64_t inputs, outputs;
};

struct Network {
  const float* packed;
  int64_t latent, width, blocks;

  Packed layer(int64_t i) const {
    MlpLayer size = mlp_layer(i, latent, width, blocks);
    const float* weight = packed + packed_at(i, latent, width, blocks);
    const float* bias = weight + size.outputs * size.inputs;
    return {weight, bias, bias + size.outputs, bias + size.outputs + size.inputs, size.inputs, size.outputs};
  }
};

void norm(float* __restrict__ y, const float* x, const Packed& p) {
  float mu = strand_sum(p.inputs, [=](int64_t j) { return x[j]; }) / float(p.inputs);
  float variance = strand_sum(p.inputs, [=](int64_t j) { return (x[j] - mu) * (x[j] - mu); }) / float(p.inputs);
  float r = 1.0f / square_root(variance + NORM_EPSILON);
  for (int64_t j = 0; j < p.inputs; j++) y[j] = fma((x[j] - mu) * r, p.gain[j], p.shift[j]);
}

float product(const Packed& p, const float* x, int64_t n) {
  const float* w = p.weight + n * p.inputs;
  return strand_sum(p.inputs, [=](int64_t k) { return w[k] * x[k]; }) + p.bias[n];
}

/** F(y; e). h, normed, inner: (W); the input stands in normed. */
void network(float* F, float* h, float* normed, float* inner, const Network& net, const float* modulation) {
  Packed in = net.layer(0), out = net.layer(1 + 2 * net.blocks);
  for (int64_t n = 0; n < net.width; n++) h[n] = product(in, normed, n);
  for (int64_t l = 0; l < net.blocks; l++) {
    Packed first = net.layer(1 + 2 * l), second = net.layer(2 + 2 * l);
    norm(normed, h, first);
    for (int64_t n = 0; n < net.width; n++) inner[n] = silu(product(first, normed, n) + modulation[l * net.width + n]);
    for (int64_t n = 0; n < net.width; n++) h[n] += product(second, inner, n);
  }
  norm(normed, h, out);
  for (int64_t n = 0; n < net.latent; n++) F[n] = product(out, normed, n);
}

/** One normal: coordinate j of a sample at a step. */
float normal(Key key, int64_t j, uint64_t sample, uint32_t step) {
  Normals n = normals(draw(key, uint32_t(j / 4), sample, step));
  return j % 4 == 0 ? n.x : j % 4 == 1 ? n.y : j % 4 == 2 ? n.z : n.w;
}

}  // namespace

extern "C" {

SILD_OP(sild_pack_mlp)(void* packed, const float* weight, const float* bias, const float* gain, const float* shift, int64_t latent,
                       int64_t width, int64_t blocks, int64_t layer, sild_stream*) {
  if (layer < 0 || layer > 1 + 2 * blocks) return SILD_BAD_ARGUMENT;
  MlpLayer size = mlp_layer(layer, latent, width, blocks);
  float* at = static_cast<float*>(packed) + packed_at(layer, latent, width, blocks);
  at = std::copy(weight, weight + size.outputs * size.inputs, at);
  at = std::copy(bias, bias + size.outputs, at);
  if (!gain) return SILD_OK;  // no norm comes before: nobody will read the place of its vectors
  at = std::copy(gain, gain + size.inputs, at);
  std::copy(shift, shift + size.inputs, at);
  return SILD_OK;
}

SILD_OP(sild_mlp_sampler)(float* x, const void* packed, const float* modulation, const float* plan, int64_t B, int64_t latent,
                          int64_t width, int64_t blocks, int64_t evaluations, float start, uint32_t seed, uint32_t purpose,
                          const sild_step* at, sild_stream* stream) {
  if (latent < 1 || latent > MLP_LATENT || width < 1 || width > MLP_WIDTH || blocks < 1) return SILD_BAD_ARGUMENT;
  Network net{static_cast<const float*>(packed), latent, width, blocks};
  Key key{seed, purpose};
  uint64_t first_sample = at ? at->first_sample : 0;
  together(stream, [=](int member, int members) {
    float *h = stream->scratch + 3 * MLP_WIDTH * member, *normed = h + MLP_WIDTH, *inner = normed + MLP_WIDTH;
    Range rows = share(B, 1, member, members);
    for (int64_t row = rows.begin; row < rows.end; row++) {
      uint64_t sample = first_sample + uint64_t(row);
      float *state = x + row * latent, y[MLP_LATENT], F[MLP_LATENT], previous[MLP_LATENT] = {};
      for (int64_t j = 0; j < latent; j++) y[j] = state[j] = start > 0.0f ? start * normal(key, j, sample, START_STEP) : state[j];
      for (int64_t e = 0; e < evaluations; e++) {
        const Evaluation& now = reinterpret_cast<const Evaluation*>(plan)[e];
        for (int64_t j = 0; j < latent; j++) normed[j] = now.in * y[j];
        network(F, h, normed, inner, net, modulation + e * blocks * width);
        for (int64_t j = 0; j < latent; j++) {
          float denoised = sampler_step(y[j], F[j], now.skip, now.out);
          float next = fma(now.c, previous[j], sampler_step(state[j], denoised, now.a, now.b));
          if (now.s != 0.0f) next = fma(now.s, normal(key, j, sample, uint32_t(int32_t(now.step))), next);
          previous[j] = denoised;
          y[j] = next;
          if (now.keep == 0.0f) state[j] = next;
        }
      }
    }
  });
  return SILD_OK;
}
}
