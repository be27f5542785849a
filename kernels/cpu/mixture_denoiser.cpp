// kernels/cpu/mixture_denoiser.cpp — blocks of rows meet the centres, 128 at a time.
//
//   1. distances  rows × 128 sums of (x − μ)², coordinates in lanes
//   2. weights    logits, the new largest of each row, weights in place of the distances; the sums so far are scaled down
//   3. numerator  the tile of weights times the same centres, added to what stands in place of D(x; σ)
//
// A strip of rows takes 1 and 3 as products where most pairs matter. Where few do, because σ is small, 3 takes one weight after
// the other; and where products of bf16 are faster than f32, they tell which centres cannot have a weight (mixture_screen.h), and
// 1 is for the others only. None of this moves a bit of the result, so rows may decide it together. A distance that overflows is
// NaN, and so is its row.
#include "runtime/mixture_screen.h"

using namespace sild;

namespace {

constexpr int64_t STRIPS = (HEIGHT + MR - 1) / MR, TALLEST = HEIGHT + 2 * SIDE;  // whole strips of every format
constexpr int64_t LEAST_FEW = 64;  // coordinates; below them a product costs least in any case
constexpr int64_t LEAST_HEIGHT = 24;  // rows; fewer are not worth packing centres for
constexpr int64_t PAUSE = 31;      // tiles, at most, that are not screened after it has not paid

/** What a thread does: a block of rows after the other. */
class Block {
 public:
  Block(const Mixture& of, float* denoised, Floats own, Floats more)
      : of(of),
        denoised(denoised),
        square(own.take(TALLEST * CENTRES)),
        panel(own.take(F32::COLUMNS * CENTRES)),
        screen(of, own, more) {}

  int64_t most() const { return screen.room() > 0 ? screen.room() : HEIGHT; }

  /** n ≤ most() rows from row b on. */
  void work(float* density, int64_t b, int64_t n) {
    x = of.x + b * of.D;
    numerator = denoised + b * of.D;
    height = n;
    const float first = of.variances ? of.variances[0] : 0.0f;
    for (int64_t r = 0; r < n; r++) {
      rows[r] = Row{};
      rows[r].square_sigma = of.sigma[b + r] * of.sigma[b + r];
      rows[r].first_inverse = 1.0f / (first + rows[r].square_sigma);
    }
    std::fill(numerator, numerator + n * of.D, 0.0f);
    pause = 0;
    wait = screen.room() > 0 && height >= LEAST_HEIGHT ? 0 : of.M;
    if (wait == 0) screen.begin(x, height);
    for (int64_t i = 0; i < of.M; i += CENTRES) tile(i, std::min(CENTRES, of.M - i));
    for (int64_t r = 0; r < n; r++) {
      float* __restrict__ row = numerator + r * of.D;
      const float *at = x + r * of.D, kept = rows[r].kept, sum = rows[r].sum;
      for (int64_t j = 0; j < of.D; j++) row[j] = fma(kept, at[j], row[j]) / sum;
      if (density)
        density[b + r] =
            log_density(rows[r].largest, sum, first, of.sigma[b + r], float(of.D), of.log_weights ? 1.0f : float(of.M));
    }
  }

 private:
  int64_t tall(int64_t r) const { return std::min<int64_t>(MR, height - r); }

  void tile(int64_t i, int64_t wide) {
    Components components(of, i, wide);
    if (!screened(components, i, wide)) {
      std::fill(dense, dense + STRIPS, true);
      for (int64_t r = 0; r < height; r++) rows[r].live = true;
    }
    square_strips(i, wide);
    for (int64_t r = 0; r < height; r++) {
      rows[r].weights = 0;
      if (!rows[r].live) continue;
      components.meet(rows[r]);
      weigh(square + r * CENTRES, rows[r], components, of.reach, wide);
    }
    add_strips(i, wide);
  }

  /** 1, of the strips that are dense. */
  void square_strips(int64_t i, int64_t wide) {
    for (int64_t r = 0; r < height; r += MR) {
      if (!dense[r / MR]) continue;
      int64_t s = r, end = r + tall(r);
      for (; s + TALL <= end; s += TALL) square_rows<TALL>(s, i, wide);
      for (; s < end; s++) square_rows<1>(s, i, wide);
    }
  }

  /** Past the last centre the last one is taken again. */
  template <int count>
  void square_rows(int64_t r, int64_t i, int64_t wide) {
    const float *left[count], *right[4];
    for (int64_t t = 0; t < count; t++) left[t] = x + (r + t) * of.D;
    for (int64_t q = 0; q < wide; q += 4) {
      if (r == 0) ask_for({of.centre(i + q + 4), of.D, 1}, std::min<int64_t>(4, of.M - i - q - 4), of.D, 0, 1);
      for (int64_t t = 0; t < 4; t++) right[t] = of.centre(i + std::min(q + t, wide - 1));
      squares<count, false>(square + r * CENTRES + q, CENTRES, left, right, of.D);
    }
  }

  /** 3. */
  void add_strips(int64_t i, int64_t wide) {
    int64_t full[STRIPS], few[HEIGHT], strips = 0, singles = 0;  // strips with weights enough for a product, rows of the others
    uint8_t index[HEIGHT][CENTRES];
    bool used[CENTRES] = {};
    for (int64_t r = 0; r < height; r += MR) {
      int64_t weights = 0;
      for (int64_t s = r; s < r + tall(r); s++) weights += rows[s].weights;
      if (weights == 0) continue;
      if (of.D < LEAST_FEW || 4 * weights > 3 * wide * tall(r)) {
        full[strips++] = r;
        std::fill(used, used + wide, true);
        continue;
      }
      for (int64_t s = r; s < r + tall(r); s++)
        if (rows[s].weights > 0) {
          few[singles++] = s;
          gather_weights(square + s * CENTRES, index[s], used, wide);
        }
    }
    for (int64_t j = 0; strips + singles > 0 && j < of.D; j += F32::COLUMNS) {
      const int64_t columns = std::min<int64_t>(F32::COLUMNS, of.D - j);
      alignas(64) float sums[MR * F32::COLUMNS];
      if (columns < F32::COLUMNS) std::fill(panel, panel + wide * F32::COLUMNS, 0.0f);
      for (int64_t q = 0; q < wide; q++)
        if (used[q]) move(panel + q * F32::COLUMNS, of.centre(i + q) + j, columns);
      for (int64_t t = 0; t < strips; t++) {
        const int64_t r = full[t];
        ask_to_write(numerator + r * of.D + j, of.D, tall(r), columns);
        multiply_tile<F32>(sums, F32::COLUMNS, {reinterpret_cast<const Unit*>(square + r * CENTRES), CENTRES, 0}, tall(r),
                           {reinterpret_cast<const Unit*>(panel), F32::COLUMNS, 0}, columns, wide);
        for (int64_t s = 0; s < tall(r); s++)
          if (rows[r + s].weights > 0)
            scale_and_add(numerator + (r + s) * of.D + j, rows[r + s].down, sums + s * F32::COLUMNS, columns);
      }
      for (int64_t t = 0; t < singles; t++) {
        const int64_t r = few[t];
        add_lines(sums, panel, square + r * CENTRES, index[r], rows[r].weights);
        scale_and_add(numerator + r * of.D + j, rows[r].down, sums, columns);
      }
    }
  }

  /** 1, of single pairs, and which strips are dense; false if this tile is not screened. */
  bool screened(Components& components, int64_t i, int64_t wide) {
    if (wait-- > 0) return false;
    Pair pairs[STRIPS * MR * CENTRES / 4 + MR * CENTRES], *end = pairs;
    int64_t many = 0;
    screen.multiply(square, i, wide);
    for (int64_t r = 0; r < height; r += MR) {
      Pair* begin = end;
      for (int64_t s = r; s < r + tall(r); s++) {
        components.meet(rows[s]);
        Pair* next = screen.find(end, square + s * CENTRES, s, rows[s], components, wide);
        rows[s].live = next > end;
        end = next;
      }
      dense[r / MR] = 4 * (end - begin) > tall(r) * CENTRES;
      if (!dense[r / MR]) continue;
      many++;
      end = begin;
      for (int64_t s = r; s < r + tall(r); s++) rows[s].live = true;
    }
    square_pairs(square, pairs, end - pairs, of, x, i);
    wait = pause = 2 * many * MR > height ? std::min(2 * pause + 1, PAUSE) : 0;
    return true;
  }

  const Mixture& of;
  float *denoised, *square, *panel;
  const float* x = nullptr;
  float* numerator = nullptr;
  int64_t height = 0;
  Row rows[HEIGHT];
  bool dense[STRIPS];  // a strip whose distances are computed all
  Screen screen;
  Tile<Screen::Format>::Registers registers;
  int64_t pause = 0, wait = 0;  // tiles that are not screened
};

}  // namespace

extern "C" SILD_OP(sild_mixture_denoiser)(float* denoised, float* density, const float* x, const float* centres,
                                          const float* log_weights, const float* variances, const float* sigma, int64_t B,
                                          int64_t M, int64_t D, sild_stream* stream) {
  if (M < 1 || D < 1) return SILD_BAD_ARGUMENT;
  const Mixture of{x, centres, log_weights, variances, sigma, M, D, reach(float(M))};
  auto body = [=](int member, int members) {
    Range mine = share(B, 1, member, members);
    if (mine.begin == mine.end) return;
    const int64_t part = int64_t(sild_stream::SCRATCH_FLOATS) / members / SIDE * SIDE;
    Block block(of, denoised, {stream->own(member), int64_t(sild_stream::OWN_FLOATS)}, {stream->scratch + member * part, part});
    for (int64_t b = mine.begin; b < mine.end; b += block.most()) block.work(density, b, std::min(block.most(), mine.end - b));
  };
  if (B < 2 || B * M * D < 8192)
    body(0, 1);
  else
    together(stream, body);
  return SILD_OK;
}
