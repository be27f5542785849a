// kernels/cuda/mlp_sampler.cu — the whole reverse trajectory of the latent network in one launch, in two forms.
//
// Maths: maths/mlp_sampler.h. x: (B, Z), Z ≤ 64; widths W ≤ 512, multiples of 16; the plan has a row an evaluation.
//
//   resident   W ≤ 128, Z ≤ 16, and all weights within a block's shared memory: runtime/mlp_resident.cuh       bf16
//   streamed   weights come from the second-level cache, evaluation after evaluation: runtime/mlp_streamed.cuh   bf16, bf16x3
//
// Between two evaluations nothing leaves the chip: from memory come x, the weights once a block (resident) or once an evaluation
// (streamed), and the modulation; to memory goes x. The products are on tensor units in bf16, or in bf16x3 as if in f32; norm,
// SiLU, modulation, noise and update are f32. The noise has the bits that sampler_step draws.
//
// Bound on an H100, a row and evaluation, P weights:
//   resident [shared memory, issue]   a warp reads 2P B for 16 rows: P/8 B a row, 128 B a clock. manifold (Z = 3, W = 128, three
//       blocks, P = 102 400): 100 clocks, 0.43 ns over 132 processors at 1.75 GHz. Its 13 700 instructions, counted, are 107 clocks at 128
//       lanes a clock. Tensor units need 0.21 ns (0.33 at the 62 % that mma.sync reaches), 384 SiLU by tanh 24 clocks.
//   streamed [second-level cache]   2P B for 64 rows: P/32 B a row. stacked-digits (Z = 64, W = 512, four blocks, P = 2.16 M):
//       68 KB, 12 ns at 5.5 TB/s; tensor units 4.4 ns (7 at 62 %). bf16x3: 4P B for 32 rows, three products: 49 ns and 13 ns (21).
//   Op by op, with every activation in memory: (28 L + 16) W + 44 Z B a row in f32, 4 L + 8 launches an evaluation. manifold: 4 ns,
//       nine times the bound. stacked-digits: 20 ns beside the products', so bf16 gains in any batch, and bf16x3 only where the
//       launches (1.3 µs each) weigh more than what they move: in batches below some thousand rows.
#include "runtime/mlp_resident.cuh"
#include "runtime/mlp_streamed.cuh"

namespace sild {

// Layer `layer` of the network into its place: maths/mlp_sampler.h numbers the layers, runtime/mlp_layout.cuh the places.
// packed: at a multiple of 16 bytes. gain and shift (K): both null where no norm comes before. A warp a stage: block 256,
// grid ⌈pairs · steps/8⌉, pairs = ⌈N/32⌉, steps = ⌈K/16⌉.
extern "C" __global__ void sild_pack_mlp(uint8_t* __restrict__ packed, const float* __restrict__ weight,
                                         const float* __restrict__ bias, const float* __restrict__ gain,
                                         const float* __restrict__ shift, int64_t latent, int64_t width, int64_t blocks,
                                         int64_t layer, int warps, int parts) {
  MlpLayout layout{int(latent), int(width), int(blocks), warps, parts};
  int N = layout.outputs(int(layer)), K = layout.inputs(int(layer)), steps = layout.steps(K), pairs = layout.pairs(N);
  float* vectors = reinterpret_cast<float*>(packed) + layout.vectors(int(layer));
#pragma unroll 1
  for (int i = blockIdx.x * 256 + threadIdx.x; i < 32 * pairs; i += gridDim.x * 256) vectors[i] = i < N ? bias[i] : 0.0f;
  vectors += 32 * pairs;
  int padded = 32 * layout.pairs(K);
#pragma unroll 1
  for (int i = blockIdx.x * 256 + threadIdx.x; i < padded; i += gridDim.x * 256) {
    vectors[i] = gain && i < K ? gain[i] : 0.0f;
    vectors[padded + i] = gain && i < K ? shift[i] : 0.0f;
  }

  int stage = blockIdx.x * 8 + threadIdx.x / 32, pair = stage / steps, step = stage % steps, lane = threadIdx.x % 32;
  if (pair >= pairs) return;
  int warp = pair % warps, mine = layout.stages(int(layer), warp) + pair / warps * steps + step;
  uint4* to = reinterpret_cast<uint4*>(packed + layout.at(warp, mine)) + lane;
#pragma unroll
  for (int half = 0; half < 2; half++) {
    uint32_t hi[4], lo[4];
#pragma unroll
    for (int i = 0; i < 4; i++) {  // outputs g and g + 8, inputs 2t and 2t + 8
      int n = 32 * pair + 16 * half + lane / 4 + i / 2 * 8, k = 16 * step + lane % 4 * 2 + i % 2 * 8;
      float first = n < N && k < K ? weight[int64_t(n) * K + k] : 0.0f;
      float second = n < N && k + 1 < K ? weight[int64_t(n) * K + k + 1] : 0.0f;
      hi[i] = bf16_pair(first, second);
      lo[i] = bf16_remainder(first, second, hi[i]);
    }
    to[32 * half] = make_uint4(hi[0], hi[1], hi[2], hi[3]);
    if (parts == 2) to[64 + 32 * half] = make_uint4(lo[0], lo[1], lo[2], lo[3]);
  }
}

// block 32 w, 1 ≤ w ≤ 8, grid ⌈B/(16 w)⌉; dynamic shared memory: the packed network, packed with warps = 1, parts = 1.
// width ≤ 128, latent ≤ 16. Warps do not know of each other: w changes no bit.
extern "C" __global__ void __launch_bounds__(256, 1)
    sild_mlp_resident(float* __restrict__ x, const uint8_t* __restrict__ packed, const float* __restrict__ modulation,
                      const float* __restrict__ plan, int64_t B, int64_t latent, int64_t width, int64_t blocks, int64_t evaluations,
                      float start, uint32_t seed, uint32_t purpose, const Step* __restrict__ at) {
  Trajectory of{x, modulation, plan, B, int(latent), int(evaluations), start, {seed, purpose}, at ? at->first_sample : 0};
  resident::sample(of, {int(latent), int(width), int(blocks), 1, 1}, packed);
}

// passes = ⌈⌈width/32⌉/8⌉, warps = ⌈⌈width/32⌉/passes⌉; block 32 warps, grid ⌈B/ROWS⌉; packed with these warps, and parts = 1 for
// bf16, 2 for bf16x3. Dynamic shared memory: streamed::Rooms. The form with fewer rows is for processors with less of it.
#define SILD_MLP_STREAMED(NAME, ROWS, PARTS)                                                                                     \
  extern "C" __global__ void __launch_bounds__(256, 1)                                                                           \
      NAME(float* __restrict__ x, const uint8_t* __restrict__ packed, const float* __restrict__ modulation,                      \
           const float* __restrict__ plan, int64_t B, int64_t latent, int64_t width, int64_t blocks, int64_t evaluations,        \
           float start, uint32_t seed, uint32_t purpose, const Step* __restrict__ at) {                                          \
    Trajectory of{x, modulation, plan, B, int(latent), int(evaluations), start, {seed, purpose}, at ? at->first_sample : 0};     \
    streamed::Sampler<ROWS / 16, PARTS>(of, {int(latent), int(width), int(blocks), int(blockDim.x / 32), PARTS}, packed).sample();   \
  }

SILD_MLP_STREAMED(sild_mlp_streamed_bf16_64, 64, 1)
SILD_MLP_STREAMED(sild_mlp_streamed_bf16_32, 32, 1)
SILD_MLP_STREAMED(sild_mlp_streamed_bf16x3_32, 32, 2)
SILD_MLP_STREAMED(sild_mlp_streamed_bf16x3_16, 16, 2)

}  // namespace sild
