#pragma once

#include "kernels/column_reduce.h"
#include "kernels/simt.h"

// The sum of a block, always added in the same order.
namespace graft::GRAFT_TARGET {

// What a block's sum needs in its shared struct.
template <class T, int threads>
struct BlockSumShared {
  static_assert(threads % warp_size == 0, "whole warps");
  T of_warp[threads / warp_size];
};

// All threads of the block get the same bits.
template <class T, int threads>
GRAFT_DEVICE T block_sum(BlockSumShared<T, threads>& shared, T value) {
  value = warp_sum(value);
  block_barrier();  // whoever still reads the sum before this one
  if (lane_index() == 0) shared.of_warp[warp_index()] = value;
  block_barrier();
  T sum = shared.of_warp[0];
  for (int i = 1; i < threads / warp_size; ++i) sum += shared.of_warp[i];
  return sum;
}

}  // namespace graft::GRAFT_TARGET
