// kernels/cpu/mmd.cpp — sixteen rows side by side, a lane each, meet all rows one after the other.
//
// So no sum crosses lanes, any Z fills the vectors, and the order of a row's sums is that of the others' numbers, on every
// instruction set and any number of threads. Others and coordinates come in blocks that the first cache holds.
#include "../maths/mmd.h"

#include "runtime/strands.h"
#include "runtime/stream.h"

using namespace sild;

namespace {

constexpr int64_t OTHERS = 64, CHUNK = 64;  // rows and coordinates of a block

struct Points {
  const float *z, *prior;  // (B, Z)
  int64_t B, Z;
};

/** Of sixteen rows i and one row j: squared distances, then what z_i − z_j and z_i − p_j weigh in the gradient. */
struct Pair {
  Strands zz, pp, zp;
};

/** Coordinates e … e + n of rows i … i + 16, a row a lane; past the end the last row again. */
inline void turn(Strands* turned, const float* x, const Points& of, int64_t i, int64_t e, int64_t n) {
  for (int lane = 0; lane < STRANDS; lane++) {
    const float* row = x + std::min(i + lane, of.B - 1) * of.Z + e;
    for (int64_t k = 0; k < n; k++) turned[k][lane] = row[k];
  }
}

/** Adds n coordinates to the squared distances from so many others: two of them fill the time that a sum takes. */
template <int others>
inline void add_squares(Pair* pairs, const Strands* z, const Strands* p, const float* z_j, const float* p_j, int64_t n, int64_t Z) {
  Pair sum[others];
  for (int o = 0; o < others; o++) sum[o] = pairs[o];
  for (int64_t k = 0; k < n; k++)
    for (int o = 0; o < others; o++) {
      Strands zz = z[k] - z_j[o * Z + k], pp = p[k] - p_j[o * Z + k], zp = z[k] - p_j[o * Z + k];
      sum[o].zz += zz * zz;
      sum[o].pp += pp * pp;
      sum[o].zp += zp * zp;
    }
  for (int o = 0; o < others; o++) pairs[o] = sum[o];
}

inline void squares(Pair* pairs, const Points& of, int64_t i, int64_t j, int64_t others) {
  std::fill(pairs, pairs + others, Pair{});
  for (int64_t e = 0; e < of.Z; e += CHUNK) {
    const int64_t n = std::min(CHUNK, of.Z - e);
    Strands z[CHUNK], p[CHUNK];
    turn(z, of.z, of, i, e, n);
    turn(p, of.prior, of, i, e, n);
    int64_t o = 0;
    for (; o + 2 <= others; o += 2)
      add_squares<2>(pairs + o, z, p, of.z + (j + o) * of.Z + e, of.prior + (j + o) * of.Z + e, n, of.Z);
    if (o < others) add_squares<1>(pairs + o, z, p, of.z + (j + o) * of.Z + e, of.prior + (j + o) * of.Z + e, n, of.Z);
  }
}

/** dz_i += Σ_j (zz (z_i − z_j) + zp (z_i − p_j)) over the others of a block. */
inline void step(float* dz, const Pair* pairs, const Points& of, int64_t i, int64_t j, int64_t others) {
  for (int64_t e = 0; e < of.Z; e += CHUNK) {
    const int64_t n = std::min(CHUNK, of.Z - e);
    Strands z[CHUNK], sum[CHUNK] = {};
    turn(z, of.z, of, i, e, n);
    for (int64_t o = 0; o < others; o++) {
      const float *z_j = of.z + (j + o) * of.Z + e, *p_j = of.prior + (j + o) * of.Z + e;
      const Strands alike = pairs[o].zz, mixed = pairs[o].zp;
      for (int64_t k = 0; k < n; k++) sum[k] += alike * (z[k] - z_j[k]) + mixed * (z[k] - p_j[k]);
    }
    for (int lane = 0; lane < std::min<int64_t>(STRANDS, of.B - i); lane++)
      for (int64_t k = 0; k < n; k++) dz[(i + lane) * of.Z + e + k] += sum[k][lane];
  }
}

}  // namespace

extern "C" SILD_OP(sild_mmd)(float* dz, float* value, const float* z, const float* prior, int64_t B, int64_t Z, float weight,
                             sild_stream* stream) {
  if (B < 2) return SILD_BAD_ARGUMENT;
  const Points of{z, prior, B, Z};
  const MmdWeights w = mmd_weights(float(B), weight);
  const float twice_z = 2.0f * float(Z);
  parallel_for(stream, B, STRANDS, std::max<int64_t>(STRANDS + 1, 16384 / std::max<int64_t>(B * Z, 1)), [=](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i += STRANDS) {
      Strands sum = {};
      for (int64_t j = 0; j < B; j += OTHERS) {
        const int64_t others = std::min(OTHERS, B - j);
        Pair pairs[OTHERS];
        squares(pairs, of, i, j, others);
        for (int64_t o = 0; o < others; o++) {
          const auto zz = similarity(pairs[o].zz, twice_z), pp = similarity(pairs[o].pp, twice_z), zp = similarity(pairs[o].zp, twice_z);
          Strands alike = zz.kernel + pp.kernel;
          if (j + o >= i && j + o < i + STRANDS) alike[j + o - i] = 0.0f;  // a row and itself
          sum += w.alike * alike - w.mixed * zp.kernel;
          pairs[o].zz = -w.alike_step * zz.slope;
          pairs[o].zp = w.mixed_step * zp.slope;
        }
        if (dz) step(dz, pairs, of, i, j, others);
      }
      for (int lane = 0; lane < std::min<int64_t>(STRANDS, B - i); lane++) value[i + lane] = sum[lane];
    }
  });
  return SILD_OK;
}
