// kernels/cuda/cross_entropy.cu — loss_b = log Σ_c e^{l_bc} − l_b,label, whether the answer is right, and the gradient.
//
//   dlogits, logits: (B, C)   loss, correct: (B)   labels: (rows) u8, taken by index (B)
//
// 8 bytes an element, 2.4 ps on an H100, and two exponentials, about 70 instructions, 2.3 ps: both limits in balance. There
// are few classes (a label is a byte), so a row is read again from the first cache, not held, and lanes take single columns.
#include "../maths/cross_entropy.h"

#include "../maths/reductions.h"
#include "runtime/team.cuh"

namespace sild {

/**
 * The first largest logit of the row. Every thread starts from column 0: so a NaN there stays, as in a loop from left to right,
 * and one elsewhere is passed over. It shows in the sum.
 */
SILD_DEVICE Candidate largest(const float* logits, int64_t C) {
  Candidate best{logits[0], 0};
  for (int64_t c = threadIdx.x; c < C; c += blockDim.x)
    if (logits[c] > best.value) best = {logits[c], int32_t(c)};
  return together(best, [](Candidate a, Candidate b) {
    return b.value > a.value || (b.value == a.value && b.index < a.index) ? b : a;
  });
}

// Block (T, Y): team.cuh; grid ⌈B / Y⌉. dlogits may be null; index null: row b has label b.
extern "C" __global__ void __launch_bounds__(MOST_THREADS)
    sild_cross_entropy(float* __restrict__ dlogits, float* __restrict__ loss, float* __restrict__ correct,
                       const float* __restrict__ logits, const uint8_t* __restrict__ labels, const int32_t* __restrict__ index,
                       int64_t B, int64_t C) {
  const int64_t row = min(team_row(), B - 1);  // a team past the end does the last row again, and keeps it to itself
  const bool kept = team_row() < B;
  const float* l = logits + row * C;
  const int64_t label = labels[index ? index[row] : row];
  const Candidate best = largest(l, C);
  float sum = 0.0f;
  for (int64_t c = threadIdx.x; c < C; c += blockDim.x) sum += exponential(l[c] - best.value);
  sum = team_sum(sum);
  if (!kept) return;
  if (threadIdx.x == 0) {
    loss[row] = sum == sum ? logarithm(sum) + best.value - l[label] : sum;  // the logarithm of a NaN is a number
    correct[row] = best.index == label ? 1.0f : 0.0f;
  }
  if (!dlogits) return;
  const float share = 1.0f / sum, weight = 1.0f / float(B);
  for (int64_t c = threadIdx.x; c < C; c += blockDim.x)
    dlogits[row * C + c] = weight * fma(exponential(l[c] - best.value), share, c == label ? -1.0f : 0.0f);
}

}  // namespace sild
