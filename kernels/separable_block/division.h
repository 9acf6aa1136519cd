#pragma once

#include "kernels/separable_block/strips.h"

namespace graft::separable_block {

// How threads share a block: each has strips of its own, or all work on the same strip, each on some of its
// channels.
struct Division {
  bool by_channels = false;
  int64_t strips_of_image = 1;
};

// The one that leaves the slowest thread the least to do, counted in rows of the expanded map: strips read
// some rows twice, where they meet. Of an image come `least` strips in any case.
inline Division divide(const SeparableBlockProblem& problem, int64_t threads, int64_t least) {
  const ConvProblem& p = problem.depthwise;
  const auto rows_of = [&](int64_t strips, int64_t sharing) {
    const int64_t rows = ceil_divide(p.p(), strips), count = p.n * ceil_divide(p.p(), rows);
    return static_cast<double>(ceil_divide(count, sharing) * rows_read(p, rows));
  };
  int64_t best = least;
  for (int64_t strips = least + 1; strips <= std::min(p.p(), 2 * threads); ++strips)
    if (rows_of(strips, threads) < rows_of(best, threads)) best = strips;
  // A tenth for waiting twice, and for pixels that lie in another core's caches.
  const int64_t blocks = ceil_divide(p.c, block);
  const double share = static_cast<double>(ceil_divide(blocks, threads)) / static_cast<double>(blocks);
  if (1.1 * share * rows_of(least, 1) < rows_of(best, threads)) return {true, least};
  return {false, best};
}

}  // namespace graft::separable_block
