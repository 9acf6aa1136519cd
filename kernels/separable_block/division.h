#pragma once

#include "kernels/separable_block/strips.h"

namespace graft::separable_block {

// What threads share: strips, each its own, of which an image has at least so many; or the channels of one
// strip after the other.
struct Division {
  bool channels = false;
  int64_t strips_of_image = 1;
};

// The one that leaves the slowest thread the least to do, counted in rows of the expanded map: strips read
// some twice, where they meet.
inline Division divide(const SeparableBlockProblem& problem, int64_t threads) {
  const ConvProblem& p = problem.depthwise;
  const auto rows_of = [&](int64_t strips) {
    const int64_t rows = ceil_divide(p.p(), strips);
    return static_cast<double>(ceil_divide(p.n * strips, threads) * ((rows - 1) * p.stride_h + p.r));
  };
  Division best;
  for (int64_t strips = 2; strips <= std::min(p.p(), 2 * threads); ++strips)
    if (rows_of(strips) < rows_of(best.strips_of_image)) best.strips_of_image = strips;
  // A tenth for waiting twice, and for pixels that lie in another core's caches.
  const int64_t blocks = ceil_divide(p.c, block);
  const double all = static_cast<double>(p.n * ((p.p() - 1) * p.stride_h + p.r)),
               share = static_cast<double>(ceil_divide(blocks, threads)) / static_cast<double>(blocks);
  if (1.1 * all * share < rows_of(best.strips_of_image)) best = {true, 1};
  return best;
}

}  // namespace graft::separable_block
