#pragma once

#include "kernels/gemm/slab.h"

// Operands of a block product that are matrices in memory. Where neighbours lie along k, depth_end and pitch
// are multiples of four; where they lie along the rows, rows and pitch are.
namespace graft::GRAFT_TARGET {

template <bool neighbours_along_depth>
struct MatrixOperand {
  static constexpr bool along_depth = neighbours_along_depth;
  const float* data;
  int rows, depth_end;
  int pitch;  // floats between rows where neighbours lie along k, else between steps of k

  // The rest of the matrix from a tile's first row on.
  GRAFT_DEVICE MatrixOperand from_row(int first) const {
    return {data + (along_depth ? int64_t{first} * pitch : first), rows - first, depth_end, pitch};
  }

  // Plain indices: an address is a multiply-add, and registers are what the product is short of. They have 32
  // bits: 128 rows along k, or the whole matrix along its rows, hold less than 2^31 floats.
  using Row = int;
  using Depth = int;
  GRAFT_DEVICE Row row(int i) const { return i; }
  GRAFT_DEVICE Depth depth(int k) const { return k; }
  GRAFT_DEVICE void advance(Depth& k) const { k += step_k; }
  GRAFT_DEVICE Source at(Row row, Depth k) const {
    return {data + (along_depth ? row * pitch + k : k * pitch + row), row < rows && k < depth_end};
  }
};

}  // namespace graft::GRAFT_TARGET
