// kernels/cuda/mmd.cu — the maximum mean discrepancy of a batch from draws of the prior, and its gradient added to dz.
//
//   z, prior, dz: (B, Z)   value: (B), of mean MMD²                                                the rule: maths/mmd.h
//
// Kernel. A warp has a row, a block eight of them; 32 rows of z and of the prior, 64 coordinates at a time, pass through shared
// memory. A lane has one of the 32: it adds up its three squared distances, 128 bits a load, and forms the kernels. Then half a
// warp has the 64 coordinates, four a lane: one half takes the even rows, the other the odd ones, their weights come from lane to
// lane. The order of a sum follows from B and Z alone.
//
// Bound on an H100 [instructions]: six for the distances of a pair and coordinate, four for its gradient, and 21 reciprocals a
// pair; with loads, exchanges and copies 21 at Z = 64. 256 rows of 64 are 90 M, 12 µs on the 32 of 132 multiprocessors that
// have a block. 200 KB come and go; each block reads z and prior from the second-level cache.
#include "../maths/mmd.h"

#include "runtime/slab.cuh"
#include "runtime/team.cuh"

namespace sild {

constexpr int ROWS = 8, OTHERS = 32, CHUNK = 64;
constexpr int LINE = CHUNK + 4;  // floats from row to row; 16-byte chunks of eight rows then lie in different banks

/** 64 coordinates of 32 others, and of the block's own rows after them. */
struct Points {
  float z[OTHERS + ROWS][LINE], p[OTHERS + ROWS][LINE];
};

SILD_DEVICE float4 quad(const float* at) { return *reinterpret_cast<const float4*>(at); }

/** to[0 … 4) = from[0 … 4), zeros from `left` on. */
SILD_DEVICE void copy_quad(float* to, const float* from, const float* readable, int left, bool whole) {
  if (whole) {
    copy_async<16>(to, left > 0 ? from : readable, left > 0 ? 16 : 0);
  } else {
#pragma unroll
    for (int k = 0; k < 4; k++) copy_async<4>(to + k, k < left ? from + k : readable, k < left ? 4 : 0);
  }
}

/** Brings coordinates e … e + 64 of rows j … j + 32 and of the block's rows. What lies outside becomes zero. */
SILD_DEVICE void bring(Points& s, const float* z, const float* prior, int64_t B, int64_t Z, int64_t j, int64_t e, bool whole) {
  __syncthreads();  // all have read what stands there
#pragma unroll 1
  for (int quad = 32 * threadIdx.y + threadIdx.x; quad < (OTHERS + ROWS) * (CHUNK / 4); quad += 32 * ROWS) {
    const int line = quad / (CHUNK / 4), column = quad % (CHUNK / 4) * 4;
    const int64_t row = line < OTHERS ? j + line : int64_t(blockIdx.x) * ROWS + line - OTHERS, at = row * Z + e + column;
    const int left = row < B ? int(min(Z - e - column, int64_t(4))) : 0;
    copy_quad(s.z[line] + column, z + at, z, left, whole);
    copy_quad(s.p[line] + column, prior + at, prior, left, whole);
  }
  commit_copies();
  await_copies<0>();
  __syncthreads();
}

struct Squares {
  float zz, pp, zp;
};

/** Adds the first n of the 64 coordinates to the lane's distances; after the last of all there are zeros. */
SILD_DEVICE void add_squares(Squares& sum, const Points& s, int n) {
  auto add = [](float& sum, float4 a, float4 b) {
    float x = a.x - b.x, y = a.y - b.y, z = a.z - b.z, w = a.w - b.w;
    sum = fma(w, w, fma(z, z, fma(y, y, fma(x, x, sum))));
  };
#pragma unroll 1
  for (int k = 0; k < n; k += 4) {
    const float4 z = quad(s.z[OTHERS + threadIdx.y] + k), p = quad(s.p[OTHERS + threadIdx.y] + k);
    const float4 z_j = quad(s.z[threadIdx.x] + k), p_j = quad(s.p[threadIdx.x] + k);
    add(sum.zz, z, z_j), add(sum.pp, p, p_j), add(sum.zp, z, p_j);
  }
}

/** Σ_j (alike_j (z_i − z_j) + mixed_j (z_i − p_j)) in coordinates 4t … 4t + 3, t = lane mod 16, over the 32 rows. */
SILD_DEVICE float4 gradient(const Points& s, float alike, float mixed) {
  const int column = threadIdx.x % 16 * 4;
  const float4 z = quad(s.z[OTHERS + threadIdx.y] + column);
  float4 sum = {0.0f, 0.0f, 0.0f, 0.0f};
#pragma unroll 4
  for (int i = 0; i < OTHERS; i += 2) {
    const int j = i + threadIdx.x / 16;
    const float a = __shfl_sync(ALL_LANES, alike, j), b = __shfl_sync(ALL_LANES, mixed, j);
    sum = each([=](float z, float z_j, float p_j, float sum) { return fma(b, z - p_j, fma(a, z - z_j, sum)); }, z,
               quad(s.z[j] + column), quad(s.p[j] + column), sum);
  }
  return each([](float v) { return v + neighbour(v, 16); }, sum);
}

// Block (32, 8), grid ⌈B/8⌉. dz may be null.
extern "C" __global__ void __launch_bounds__(32 * ROWS)
    sild_mmd(float* __restrict__ dz, float* __restrict__ value, const float* __restrict__ z, const float* __restrict__ prior, int64_t B,
             int64_t Z, float weight) {
  __shared__ __align__(16) Points s;
  const int64_t row = int64_t(blockIdx.x) * ROWS + threadIdx.y;
  const bool whole = wide(z, prior) && Z % 4 == 0, whole_out = wide(dz) && Z % 4 == 0;
  const MmdWeights w = mmd_weights(float(B), weight);
  const float twice_z = 2.0f * float(Z);
  float sum = 0.0f;
#pragma unroll 1
  for (int64_t j = 0; j < B; j += OTHERS) {
    Squares squares = {0.0f, 0.0f, 0.0f};
#pragma unroll 1
    for (int64_t e = 0; e < Z; e += CHUNK) {
      bring(s, z, prior, B, Z, j, e, whole);
      add_squares(squares, s, int(min(Z - e, int64_t(CHUNK))));
    }
    const auto zz = similarity(squares.zz, twice_z), pp = similarity(squares.pp, twice_z), zp = similarity(squares.zp, twice_z);
    const int64_t other = j + threadIdx.x;
    const bool there = other < B;
    const float alike = other == row ? 0.0f : zz.kernel + pp.kernel;  // not a row and itself
    sum += there ? fma(w.alike, alike, -w.mixed * zp.kernel) : 0.0f;
    if (!dz) continue;
#pragma unroll 1
    for (int64_t e = 0; e < Z; e += CHUNK) {
      if (Z > CHUNK) bring(s, z, prior, B, Z, j, e, whole);
      const float4 d = gradient(s, there ? -w.alike_step * zz.slope : 0.0f, there ? w.mixed_step * zp.slope : 0.0f);
      const int64_t at = e + threadIdx.x * 4;
      if (threadIdx.x >= 16 || row >= B || at >= Z) continue;
      put(dz + row * Z, at, Z, whole_out, each([](float a, float b) { return a + b; }, fetch_own(dz + row * Z, at, Z, whole_out), d));
    }
  }
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2) sum += neighbour(sum, distance);
  if (threadIdx.x == 0 && row < B) value[row] = sum;
}

}  // namespace sild
