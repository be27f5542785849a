// kernels/cpu/runtime/stream.h — what an op gets to work with: threads and a fixed scratch memory.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "sild_cpu.h"
#include "team.h"

struct sild_stream {
  static constexpr size_t SCRATCH_FLOATS = size_t(3) << 20;  // 12 MiB: the packed operands of a product, or partial sums
  static constexpr size_t OWN_FLOATS = size_t(192) << 10;    // 768 KiB for each thread: what it keeps in its second cache

  sild_team* team;
  float* scratch;  // SCRATCH_FLOATS, then OWN_FLOATS for each member
  int precision;  // of products: sild_precision
  void* block;    // what scratch lies in

  float* own(int member) const { return scratch + SCRATCH_FLOATS + size_t(member) * OWN_FLOATS; }
  static size_t bytes(int threads) { return (SCRATCH_FLOATS + size_t(threads) * OWN_FLOATS) * sizeof(float); }
};

namespace sild {

/** Calls body(member, members) on the team. */
template <class Body>
void together(sild_stream* stream, const Body& body) {
  stream->team->run([](void* context, int member, int members) { (*static_cast<const Body*>(context))(member, members); },
                    const_cast<Body*>(&body));
}

struct Range {
  int64_t begin, end;
};

/** The share of one member of n items, in whole grains. */
inline Range share(int64_t n, int64_t grain, int member, int members) {
  int64_t grains = (n + grain - 1) / grain;
  return {std::min(n, grains * member / members * grain), std::min(n, grains * (member + 1) / members * grain)};
}

/** body(begin, end) over n items; fewer than `least` items are not worth waking anybody. */
template <class Body>
void parallel_for(sild_stream* stream, int64_t n, int64_t grain, int64_t least, const Body& body) {
  if (n < least) {
    if (n > 0) body(int64_t(0), n);
    return;
  }
  together(stream, [&](int member, int members) {
    Range range = share(n, grain, member, members);
    if (range.begin < range.end) body(range.begin, range.end);
  });
}

/** parallel_for over rows of the given width. */
template <class Body>
void parallel_rows(sild_stream* stream, int64_t rows, int64_t width, const Body& body) {
  parallel_for(stream, rows, 1, std::max<int64_t>(2, 8192 / std::max<int64_t>(width, 1)), body);
}

}  // namespace sild
