// kernels/cuda/perturb.cu — gather, normalise, draw σ and noise, and scale for the network, in one pass.
//
//   noisy = c_in(σ; σ_d) (x + σ n),   x = raw · scale + shift            noisy: (B, D)  sigma: (B)  raw: u8 or f32
//
// An element costs r + 4 bytes, r = 1 (u8) or 4 (f32): 1.5 or 2.4 ps on an H100 (3.35 TB/s); and 62 instructions, most of them a
// quarter of a Philox block and of its four normals (exact √, polynomials: bit for bit the CPU's): 2.0 ps at 30.9 T
// thread-instructions/s. So f32 data are bound by memory, u8 data by instructions.
//   - A thread owns four columns: one Philox block, one 128-bit store, and one load of 4 (u8) or 16 (f32) bytes. scale and shift
//     stay in its registers from row to row, so they are not read again.
//   - σ costs as much as a quad of noise. It is drawn once a row, and the row's place in the bank looked up: thread (t, y)
//     does it for the t-th row that y takes. So no load of the loop waits for another.
#include "../maths/perturb.h"

#include "../maths/precondition.h"
#include "../maths/step.h"
#include "runtime/gather.cuh"
#include "runtime/noise.cuh"
#include "runtime/tile.cuh"

namespace sild {

constexpr int PERTURB_THREADS = 256;

/** What the threads of a row share. */
struct Level {
  float sigma, in;
  int64_t start;
};

/** in (x + σ n); no noise is drawn at σ = 0, which encodes clean samples. */
SILD_DEVICE float4 perturbed(float4 x, const Level& level, Key key, int64_t block, uint64_t sample) {
  if (level.sigma != 0.0f)
    x = each([=](float n, float x) { return fma(level.sigma, n, x); }, noise(key, block, sample, 0), x);
  return each([=](float x) { return level.in * x; }, x);
}

// Block (T, Y), T = ⌈Q / ⌈Q/256⌉⌉ of Q = ⌈D/4⌉, Y = ⌊256/T⌋. Grid (g, ⌈Q/T⌉) with g Y T ≥ B: a thread takes at most T rows.
extern "C" __global__ void __launch_bounds__(PERTURB_THREADS, 5)
    sild_perturb(float* __restrict__ noisy, float* __restrict__ sigma, const Gather gather, int64_t B, int law, float a, float b,
                 float sigma_data, uint32_t seed, uint32_t purpose, const Step* __restrict__ step) {
  __shared__ Level levels[PERTURB_THREADS];
  const Key key{seed, purpose};
  const uint64_t first_sample = step->first_sample;
  Level* mine = levels + threadIdx.y * blockDim.x;  // those of the rows that y takes
  const int64_t drawn = tile_row() + threadIdx.x * tile_stride();
  if (drawn < B) {
    float s = draw_sigma(law, a, b, key, first_sample + uint64_t(drawn));
    mine[threadIdx.x] = {s, precondition(s, sigma_data).in, bank_row(gather, drawn, 0)};
    if (blockIdx.y == 0) sigma[drawn] = s;
  }
  __syncthreads();
  const int64_t D = dimension(gather), block = tile_column(), column = 4 * block;
  if (column >= D) return;
  const Columns columns = columns_of(gather, column);
  const bool whole = wide(noisy) && D % 4 == 0;
  for (int64_t row = tile_row(); row < B; row += tile_stride(), mine++) {
    float4 x = clean(gather, columns, {row, mine->start});
    put(noisy + row * D, column, D, whole, perturbed(x, *mine, key, block, first_sample + uint64_t(row)));
  }
}

// index: (B, parts), uniform on 0 … rows − 1. One thread an index, blocks of 256. 4 B and a Philox block each, 170
// instructions, 5.5 ps: a batch of 4096 is over before its launch is.
extern "C" __global__ void sild_draw_indices(int32_t* __restrict__ index, int64_t B, int32_t parts, int64_t rows, uint32_t seed,
                                             uint32_t purpose, const Step* __restrict__ step) {
  int64_t i = int64_t(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i >= B * parts) return;
  uint64_t sample = step->first_sample + uint64_t(i / parts);
  index[i] = draw_index({seed, purpose}, sample, uint32_t(i % parts), uint32_t(rows));
}

}  // namespace sild
