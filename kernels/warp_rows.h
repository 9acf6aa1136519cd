#pragma once

#include "kernels/half_vector.h"
#include "kernels/views.h"

namespace graft::GRAFT_TARGET {

// A warp takes a row, which is then one line of 512 bytes after another, and needs no barrier to sum it.
constexpr int warps_per_block = threads_per_block / warp_size;

inline GridSize warp_row_grid(int64_t rows) { return {blocks_for(rows, warps_per_block)}; }

GRAFT_DEVICE int64_t row_of_warp() { return int64_t{block_index().x} * warps_per_block + warp_index(); }

// visit(k) for every first of the lane's fours (or ones) of a row of c.
template <int width, class Visit>
GRAFT_DEVICE void for_each_channel(int64_t c, const Visit& visit) {
  for (int64_t k = int64_t{lane_index()} * width; k < c; k += warp_size * width) visit(k);
}

}  // namespace graft::GRAFT_TARGET
