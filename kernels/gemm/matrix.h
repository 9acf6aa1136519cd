#pragma once

#include "kernels/gemm/slab.h"

// Operands of a block product that are matrices in memory. Where neighbours lie along k, depth_end and pitch
// are whole pieces; where they lie along the rows, rows and pitch are.
namespace graft::GRAFT_TARGET {

template <class ElementType, bool neighbours_along_depth>
struct MatrixOperand {
  using Element = ElementType;
  static constexpr bool along_depth = neighbours_along_depth;
  const Element* data;
  int rows, depth_end;
  int pitch;  // elements between rows where neighbours lie along k, else between steps of k

  int k = 0;

  // The part of the matrix that begins there.
  GRAFT_DEVICE MatrixOperand from(int first_row, int first_k) const {
    return {data + (along_depth ? int64_t{first_row} * pitch : first_row), rows - first_row, depth_end, pitch,
            first_k};
  }

  // Plain indices: an address is a multiply-add, and registers are what the product is short of. They have 32
  // bits: 128 rows along k, or the whole matrix along its rows, hold less than 2^31 elements.
  using Row = int;
  using Step = int;
  GRAFT_DEVICE Row row(int i) const { return i; }
  GRAFT_DEVICE Step step(int j) const { return j; }
  GRAFT_DEVICE void advance() { k += steps_of_slab<Element>; }
  GRAFT_DEVICE void advance(Step&) const {}
  GRAFT_DEVICE Source<Element> at(Row row, Step step) const {
    const int depth = k + step;
    return {data + (along_depth ? row * pitch + depth : depth * pitch + row),
            row < rows && depth < depth_end};
  }
};

}  // namespace graft::GRAFT_TARGET
