// Right ways to synchronise. Each has a mutant in synchronisation.cpp that leaves one step out.
#include <cstdint>

// Every lane reads what its neighbour in the warp wrote.
extern "C" __global__ void neighbours(int* out, const int* __restrict__ in) {
  __shared__ int values[256];
  values[threadIdx.x] = in[threadIdx.x];
  __syncwarp();
  out[threadIdx.x] = values[threadIdx.x ^ 1];
}

// Every thread reads what a thread of another warp wrote, twice over the same array.
extern "C" __global__ void reversal(int* out, const int* __restrict__ in) {
  __shared__ int values[256];
  values[threadIdx.x] = in[threadIdx.x];
  __syncthreads();
  int x = values[255 - threadIdx.x];
  __syncthreads();
  values[threadIdx.x] = x + 1;
  __syncthreads();
  out[threadIdx.x] = values[255 - threadIdx.x];
}

// Neighbouring threads write the halves and quarters of one word: no race.
extern "C" __global__ void narrow_stores(uint8_t* out) {
  __shared__ uint8_t bytes[256];
  bytes[threadIdx.x] = uint8_t(threadIdx.x * 3);
  __syncthreads();
  out[threadIdx.x] = bytes[(threadIdx.x + 33) % 256];
}

// Warp 0 makes, warps 1 to 3 use: named barriers of 128 threads.
extern "C" __global__ void producer(int* out, int rounds) {
  __shared__ int slot[32];
  int warp = threadIdx.x / 32, lane = threadIdx.x % 32, sum = 0;
  for (int r = 0; r < rounds; r++) {
    if (warp == 0) {
      if (r > 0) asm volatile("bar.sync 2, 128;" ::: "memory");
      slot[lane] = r * 32 + lane;
      asm volatile("bar.arrive 1, 128;" ::: "memory");
    } else {
      asm volatile("bar.sync 1, 128;" ::: "memory");
      sum += slot[lane];
      if (r + 1 < rounds) asm volatile("bar.arrive 2, 128;" ::: "memory");
    }
  }
  out[threadIdx.x] = sum;
}

// The last block to finish adds up what all blocks left, then resets the counter.
extern "C" __global__ void last_block(float* out, float* partial, unsigned* counter, const float* __restrict__ in) {
  __shared__ bool last;
  float s = in[blockIdx.x * 32 + threadIdx.x];
  for (int offset = 16; offset; offset >>= 1) s += __shfl_xor_sync(~0u, s, offset);
  if (threadIdx.x == 0) {
    partial[blockIdx.x] = s;
    __threadfence();
    last = atomicAdd(counter, 1u) == gridDim.x - 1;
    __threadfence();
  }
  __syncthreads();
  if (!last) return;
  if (threadIdx.x == 0) {
    float total = 0;
    for (unsigned b = 0; b < gridDim.x; b++) total += partial[b];
    *out = total;
    *counter = 0;
  }
}

// A barrier of the whole grid, written by hand.
__device__ void grid_barrier(unsigned* arrived) {
  __syncthreads();
  if (threadIdx.x == 0) {
    __threadfence();
    unsigned ticket = atomicAdd(arrived, 1u);
    unsigned goal = (ticket / gridDim.x + 1) * gridDim.x;
    while (*(volatile unsigned*)arrived < goal) {
    }
    __threadfence();
  }
  __syncthreads();
}

// Each round every block reads its neighbour's value of the round before.
extern "C" __global__ void ring(int* values, unsigned* arrived, int rounds) {
  int mine = blockIdx.x * 64 + threadIdx.x;
  int theirs = (blockIdx.x + 1) % gridDim.x * 64 + threadIdx.x;
  for (int r = 0; r < rounds; r++) {
    int x = values[theirs];
    grid_barrier(arrived);
    values[mine] = x + 1;
    grid_barrier(arrived);
  }
}

extern "C" __global__ void warp_functions(int* out) {
  int lane = threadIdx.x;
  unsigned odd = __ballot_sync(~0u, lane & 1);
  int all = __all_sync(~0u, lane < 32), any = __any_sync(~0u, lane == 77);
  unsigned same = __match_any_sync(~0u, lane / 8);
  int agree;
  unsigned every = __match_all_sync(~0u, 5, &agree);
  int sum = __reduce_add_sync(~0u, lane), most = __reduce_max_sync(~0u, lane * 3 - 40);
  int up = __shfl_up_sync(~0u, lane, 3, 8), down = __shfl_down_sync(~0u, lane, 5, 16), index = __shfl_sync(~0u, lane, 9, 4);
  int tile = lane < 16 ? __reduce_add_sync(0xFFFFu, lane) : __reduce_add_sync(0xFFFF0000u, lane);
  int* o = out + lane * 11;
  o[0] = odd; o[1] = all; o[2] = any; o[3] = same; o[4] = every + agree; o[5] = sum; o[6] = most; o[7] = up; o[8] = down; o[9] = index;
  o[10] = tile;
}

extern "C" __global__ void counts(int* out) {
  out[threadIdx.x] = __syncthreads_count(threadIdx.x % 3 == 0) * 4 + __syncthreads_and(threadIdx.x < 96) * 2 + __syncthreads_or(threadIdx.x == 95);
}

// A lock that lanes of one warp contend for: needs independent progress.
extern "C" __global__ void lock(int* total, int* mutex) {
  bool done = false;
  while (!done) {
    if (atomicCAS(mutex, 0, 1) == 0) {
      __threadfence();
      *(volatile int*)total = *(volatile int*)total + 1;
      __threadfence();
      atomicExch(mutex, 0);
      done = true;
    }
  }
}
