// kernels/cpu/runtime/windows.h — the windows of a convolution as an operand of a product, without a copy of them in memory.
//
//   Element k = (c, r, s) of line n = (b, p, q) is x[b, c, p·stride + r − top, q·stride + s − left], 0 outside x.
//
// Sixteen outputs that follow each other find neighbouring pixels with any tap, as long as they lie in one row, or in one image
// whose outputs are as wide as its pixels: one load, and a mask where the window leaves the image. All others are gathered.
#pragma once

#include "../../maths/function.h"
#include "product.h"

namespace sild {
namespace {

/** x: (B, C, H, W); outputs: (B, ·, P, Q); taps: (C, R, S). */
struct Windows {
  const float* x;
  int64_t B, C, H, W, R, S, P, Q, stride, top, left;

  int64_t outputs() const { return B * P * Q; }
  int64_t taps() const { return C * R * S; }
};

/** Sixteen floats from x on where the mask has ones, elsewhere zeros and no access. */
inline Units load_masked(const float* x, uint32_t mask) {
#if defined(__AVX512F__)
  return (Units)_mm512_maskz_loadu_ps(__mmask16(mask), x);
#else
  if (mask == 0xffff) return load_units(x);
  float lanes[SIDE] = {};
#if defined(__AVX2__)
  const __m256i bit = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
  auto half = [&](int at) {
    __m256i own = _mm256_cmpeq_epi32(_mm256_and_si256(_mm256_set1_epi32(int(mask >> at)), bit), bit);
    _mm256_storeu_ps(lanes + at, _mm256_maskload_ps(x + at, own));
  };
  half(0);
  half(8);
#else
  for (int i = 0; i < SIDE; i++)
    if (mask >> i & 1) lanes[i] = x[i];
#endif
  return load_units(lanes);
#endif
}

/** An element of a window, counted on. */
struct Tap {
  const Windows* windows;
  int64_t r, s, number, offset;  // of R·S; of its pixel from that of element 0

  Tap(const Windows& w, int64_t k) : windows(&w) {
    number = k % (w.R * w.S), r = number / w.S, s = number % w.S;
    offset = (k / (w.R * w.S) * w.H + r) * w.W + s;
  }

  void next() {
    const Windows& w = *windows;
    s++, number++, offset++;
    if (s < w.S) return;
    s = 0, r++, offset += w.W - w.S;
    if (r < w.R) return;
    r = number = 0, offset += (w.H - w.R) * w.W;
  }
};

/** The pixels under some outputs, sixteen to a group, and which of their taps lie on x. */
class Places {
 public:
  static constexpr int64_t MOST = 1024;  // pixels

  /** Outputs first … first + count − 1, and so many neighbouring pixels for each of them. */
  Places(const Windows& windows, int64_t first, int64_t count, int64_t pixels = 1)
      : groups((count + SIDE - 1) / SIDE * pixels), w(windows) {
    int64_t pixel = 0, q = first % w.Q, p = first / w.Q % w.P, b = first / w.Q / w.P;
    for (int64_t g = 0; g < groups; g++) {
      run[g] = SIDE;
      for (int i = 0; i < SIDE; i++) {
        const bool there = g * SIDE + i < count * pixels;
        row[g][i] = there ? int32_t(p * w.stride - w.top) : NOWHERE;
        column[g][i] = int32_t(q * w.stride - w.left + pixel);
        const int64_t at = (b * w.C * w.H + p * w.stride - w.top) * w.W + column[g][i];
        if (i == 0) origin[g] = at;
        step[g][i] = at - origin[g];
        while (there && run[g] > 1 && step[g][i] != step[g][i / run[g] * run[g]] + i % run[g]) run[g] /= 2;
        if (++pixel == pixels) pixel = 0, q++;
        if (q == w.Q) q = 0, p++;
        if (p == w.P) p = 0, b++;
      }
    }
    listed = std::min<int64_t>(w.R * w.S, LIST);
    for (Tap tap(w, 0); tap.number < listed; tap.next()) {
      for (int64_t g = 0; g < groups; g++) masks[tap.number][g] = uint16_t(mask(tap, g));
      if (tap.number + 1 == listed) break;
    }
  }

  /** What a tap finds for the outputs of a group. */
  SILD_FN Units fetch(const Tap& tap, int64_t g) const {
    const uint32_t on = tap.number < listed ? masks[tap.number][g] : mask(tap, g);
    const float* from = w.x + (origin[g] + tap.offset);
    return run[g] == SIDE ? load_masked(from, on) : gather(from, on, g);
  }

  const int64_t groups;

 private:
  static constexpr int64_t LIST = 64;                // taps whose masks are kept
  static constexpr int32_t NOWHERE = -(1 << 30);     // a row that no tap brings back into x

  __attribute__((noinline)) Units gather(const float* from, uint32_t on, int64_t g) const {
    float lanes[SIDE];
#if defined(__AVX512F__)
    if (run[g] >= 4) {
      for (int i = 0; i < SIDE; i += 4) _mm_storeu_ps(lanes + i, _mm_maskz_loadu_ps(__mmask8(on >> i & 15), from + step[g][i]));
      return load_units(lanes);
    }
#endif
    for (int i = 0; i < SIDE; i++) lanes[i] = on >> i & 1 ? from[step[g][i]] : 0.0f;
    return load_units(lanes);
  }

  uint32_t mask(const Tap& tap, int64_t g) const {
#if defined(__AVX512F__)
    auto inside = [](const int32_t* at, int64_t tap, int64_t size) {
      __m512i place = _mm512_add_epi32(_mm512_loadu_si512(at), _mm512_set1_epi32(int(tap)));
      return uint32_t(_mm512_cmplt_epu32_mask(place, _mm512_set1_epi32(int(size))));
    };
    return inside(row[g], tap.r, w.H) & inside(column[g], tap.s, w.W);
#else
    uint32_t mask = 0;
    for (int i = 0; i < SIDE; i++)
      mask |= uint32_t(uint32_t(row[g][i] + tap.r) < uint32_t(w.H) && uint32_t(column[g][i] + tap.s) < uint32_t(w.W)) << i;
    return mask;
#endif
  }

  const Windows w;
  int64_t listed;
  int64_t origin[MOST / SIDE];      // of x, the pixel of element 0 of a group's first output; it may lie outside
  int64_t step[MOST / SIDE][SIDE];  // how far on each pixel lies
  int run[MOST / SIDE];             // so many of them follow each other, from each multiple of it on
  int32_t row[MOST / SIDE][SIDE], column[MOST / SIDE][SIDE];  // of that pixel
  uint16_t masks[LIST][MOST / SIDE];
};

/** The outputs as lines, their windows as depth. */
struct WindowLines {
  const Windows* windows;
  int64_t line = 0, depth = 0;

  WindowLines from(int64_t i, int64_t k) const { return {windows, line + i, depth + k}; }
};

/** A panel of windows. */
template <class Format, Layout layout>
inline void pack(Unit* to, int64_t stride, WindowLines m, int64_t lines, int64_t depth, int part) {
  static_assert(layout == Layout::PANEL, "");
  constexpr int K = Format::K;
  const Places places(*m.windows, m.line, lines);
  Tap tap(*m.windows, m.depth);
  int64_t k = 0;
  for (; k < depth; k += K, to += stride) {
    Tap odd = tap;
    if (K == 2) odd.next();
    for (int64_t g = 0; g < places.groups; g++) {
      alignas(64) float pixels[2][SIDE] = {};
      store(pixels[0], places.fetch(tap, g));
      if (K == 2 && k + 1 < depth) store(pixels[1], places.fetch(odd, g));
      store(to + g * SIDE, Format::across(pixels[0], pixels[1], part));
    }
    tap = odd;
    tap.next();
  }
  for (; k / K % Format::GRAIN != 0; k += K, to += stride)
    for (int64_t g = 0; g < places.groups; g++) store(to + g * SIDE, Units{});
}

/** The part-th of so many parts of the pixels under the middle of some windows. */
inline void ask_for(WindowLines m, int64_t lines, int64_t depth, int64_t part, int64_t parts) {
  has_effect();
  const Windows& w = *m.windows;
  const int64_t window = w.R * w.S, first = m.depth / window, channels = (depth + window - 1) / window;
  for (int64_t n = m.line; n < m.line + lines; n += SIDE) {
    int64_t b = n / w.Q / w.P, p = n / w.Q % w.P, q = n % w.Q;
    const float* x = w.x + (b * w.C + first) * w.H * w.W + p * w.stride * w.W + q * w.stride;
    for (int64_t c = channels * part / parts; c < channels * (part + 1) / parts; c++) __builtin_prefetch(x + c * w.H * w.W, 0, 2);
  }
}

/** The windows turned over: lines are elements from k on, as rows, their depth is the outputs of these places. */
template <class Format>
inline void pack_taps(Unit* to, int64_t stride, const Places& places, Tap tap, int64_t lines, int part) {
  for (int64_t i = 0; i < lines; i++, tap.next(), to += stride)
    for (int64_t g = 0; g < places.groups; g += Format::K) {
      alignas(64) float pixels[Format::K * SIDE] = {};
      for (int h = 0; h < Format::K && g + h < places.groups; h++) store(pixels + h * SIDE, places.fetch(tap, g + h));
      store(to + g / Format::K * SIDE, Format::along(pixels, part));
    }
}

}  // namespace
}  // namespace sild
