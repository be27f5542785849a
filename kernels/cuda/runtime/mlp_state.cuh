// kernels/cuda/runtime/mlp_state.cuh — the state of a block's rows between two evaluations, for mlp_streamed.cuh.
//
// x, y and D_prev are f32 in shared memory. A thread takes four neighbouring coordinates of a row, which is what one block of
// random words is for, and the same ones every time: nobody else touches them, so they need no barrier.
#pragma once

#include "mlp_tile.cuh"

namespace sild {
namespace streamed {

template <int TILES, int PARTS>
struct State : Tile<TILES, PARTS> {
  using Base = Tile<TILES, PARTS>;
  using Base::layout, Base::rooms, Base::ROWS;
  const Trajectory& of;

  __device__ __forceinline__ State(const Trajectory& trajectory, const MlpLayout& mlp, const uint8_t* __restrict__ packed)
      : Base(mlp, packed), of(trajectory) {}

  __device__ __forceinline__ int quads() const { return (layout.latent + 3) / 4; }
  __device__ __forceinline__ int64_t sample_row(int row) const { return int64_t(blockIdx.x) * ROWS + row; }

  /** c_in y, rounded for the product. */
  __device__ __forceinline__ void put_input(int row, int quad, float in, const float (&y)[4]) const {
    this->put(rooms.input, rooms.narrow, row, 4 * quad, in * y[0], in * y[1]);
    this->put(rooms.input, rooms.narrow, row, 4 * quad + 2, in * y[2], in * y[3]);
  }

  __device__ __forceinline__ static void load(float (&v)[4], const float* at) {
    float4 four = *reinterpret_cast<const float4*>(at);
    v[0] = four.x, v[1] = four.y, v[2] = four.z, v[3] = four.w;
  }

  __device__ __forceinline__ static void store(float* at, const float (&v)[4]) {
    *reinterpret_cast<float4*>(at) = make_float4(v[0], v[1], v[2], v[3]);
  }

  /** x as drawn or as given, and the first input. Coordinates past Z are 0, and so are rows past B. */
  __device__ __forceinline__ void begin() const {
    int all = 4 * layout.steps(layout.latent), drawn = quads();
    float in = of.evaluation(0).in;
#pragma unroll 1
    for (int item = threadIdx.x; item < ROWS * all; item += blockDim.x) {
      int row = item / all, quad = item % all;
      int64_t b = sample_row(row);
      float x[4] = {}, zero[4] = {};
      if (of.start > 0.0f && quad < drawn) {
        Normals n = of.noise(b, quad, START_STEP);
        x[0] = n.x, x[1] = n.y, x[2] = n.z, x[3] = n.w;
      }
#pragma unroll
      for (int i = 0; i < 4; i++) {
        int c = 4 * quad + i;
        bool there = c < layout.latent && b < of.B;
        x[i] = of.start > 0.0f ? of.start * x[i] : there ? of.x[b * layout.latent + c] : 0.0f;
        x[i] = there ? x[i] : 0.0f;
      }
      put_input(row, quad, in, x);
      if (quad < drawn) {
        int at = 4 * (row * drawn + quad);
        store(this->floats(rooms.state) + at, x);
        store(this->floats(rooms.y) + at, x);
        store(this->floats(rooms.previous) + at, zero);
      }
    }
    __syncthreads();  // the states change hands: from now on a thread keeps its own
  }

  /** One row of the plan for all rows of the block, and the input of the next evaluation. */
  __device__ __forceinline__ void update(int e) const {
    Evaluation now = of.evaluation(e);
    float in = e + 1 < of.evaluations ? of.evaluation(e + 1).in : 0.0f;
#pragma unroll 1
    for (int item = threadIdx.x; item < ROWS * quads(); item += blockDim.x) {
      int row = item / quads(), quad = item % quads();
      float x[4], y[4], previous[4], F[4], z[4] = {};
      load(x, this->floats(rooms.state) + 4 * item);
      load(y, this->floats(rooms.y) + 4 * item);
      load(previous, this->floats(rooms.previous) + 4 * item);
      load(F, this->floats(rooms.inner) + row * rooms.columns + 4 * quad);
      if (now.s != 0.0f) {
        Normals n = of.noise(sample_row(row), quad, uint32_t(int32_t(now.step)));
        z[0] = n.x, z[1] = n.y, z[2] = n.z, z[3] = n.w;
      }
#pragma unroll
      for (int i = 0; i < 4; i++)
        if (4 * quad + i < layout.latent) advance(now, F[i], z[i], x[i], y[i], previous[i]);
      store(this->floats(rooms.state) + 4 * item, x);
      store(this->floats(rooms.y) + 4 * item, y);
      store(this->floats(rooms.previous) + 4 * item, previous);
      put_input(row, quad, in, y);
    }
    __syncthreads();
  }

  __device__ __forceinline__ void finish() const {
#pragma unroll 1
    for (int item = threadIdx.x; item < ROWS * quads(); item += blockDim.x) {
      int64_t b = sample_row(item / quads());
      float x[4];
      load(x, this->floats(rooms.state) + 4 * item);
#pragma unroll
      for (int i = 0; i < 4; i++) {
        int c = item % quads() * 4 + i;
        if (c < layout.latent && b < of.B) of.x[b * layout.latent + c] = x[i];
      }
    }
  }
};

}  // namespace streamed
}  // namespace sild
