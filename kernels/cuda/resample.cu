// kernels/cuda/resample.cu — one thread has two neighbours of a coarse row and the 2 × 4 fine pixels that belong to them.
//
// Bytes for a coarse pixel and its four fine ones: 20; if y is added to, 36 (UP) or 24 (DOWN). Bound on an H100: HBM. Coarse rows
// go by 64 bits and fine rows by 128, so that either way the threads of a warp fill whole sectors with each access.
#include "../maths/resample.h"

using namespace sild;

// Kernel ------------------------------------------------------------------------------------------------------------------

template <int N>
struct Vector;
template <>
struct Vector<2> {
  using Type = float2;
};
template <>
struct Vector<4> {
  using Type = float4;
};

/** to[i] = from[i], i < n; one access of N floats if the address allows. */
template <int N>
__device__ __forceinline__ void load(float (&to)[N], const float* from, int n, bool whole) {
  using Type = typename Vector<N>::Type;
  if (whole)
    *reinterpret_cast<Type*>(to) = *reinterpret_cast<const Type*>(from);
  else
    for (int i = 0; i < N; i++) to[i] = i < n ? from[i] : 0.0f;
}

/** y[i] (+)= scale · value[i], i < n. */
template <int N>
__device__ __forceinline__ void store(float* y, const float (&value)[N], int n, float scale, int add, bool whole) {
  using Type = typename Vector<N>::Type;
  alignas(Type) float sum[N];
  if (add) load(sum, y, n, whole);
  for (int i = 0; i < N; i++) sum[i] = add ? sild::fma(scale, value[i], sum[i]) : scale * value[i];
  if (whole)
    *reinterpret_cast<Type*>(y) = *reinterpret_cast<Type*>(sum);
  else
    for (int i = 0; i < N; i++)
      if (i < n) y[i] = sum[i];
}

// Entry -------------------------------------------------------------------------------------------------------------------

// Blocks of 256 threads, one thread for each two columns of a coarse row (the last of an odd width has one): with coarse planes
// (H, W), ⌈planes · H · ⌈W/2⌉ / 256⌉ blocks. height, width: of x.
extern "C" __global__ void __launch_bounds__(256)
    sild_resample(float* __restrict__ y, const float* __restrict__ x, int64_t planes, int64_t height, int64_t width, int kind,
                  float scale, int add) {
  int64_t rows = planes * (kind == UP ? height : height / 2), columns = kind == UP ? width : width / 2;  // of the coarse planes
  int64_t pairs = (columns + 1) / 2, thread = int64_t(blockIdx.x) * 256 + threadIdx.x;
  if (thread >= rows * pairs) return;
  int64_t row = thread / pairs, column = (thread - row * pairs) * 2;
  int64_t coarse = row * columns + column, fine = 4 * row * columns + 2 * column;
  int n = column + 1 < columns ? 2 : 1;
  uint64_t coarse_address = uint64_t(kind == UP ? x : y), fine_address = uint64_t(kind == UP ? y : x);
  bool whole = columns % 2 == 0 && coarse_address % 8 == 0 && fine_address % 16 == 0;
  if (kind == UP) {
    alignas(8) float pixel[2];
    load(pixel, x + coarse, n, whole);
    float twice[4] = {pixel[0], pixel[0], pixel[1], pixel[1]};
    store(y + fine, twice, 2 * n, scale, add, whole);
    store(y + fine + 2 * columns, twice, 2 * n, scale, add, whole);
  } else {
    alignas(16) float above[4], below[4];
    load(above, x + fine, 2 * n, whole);
    load(below, x + fine + 2 * columns, 2 * n, whole);
    float mean[2] = {mean4(above[0], above[1], below[0], below[1]), mean4(above[2], above[3], below[2], below[3])};
    store(y + coarse, mean, n, scale, add, whole);
  }
}
