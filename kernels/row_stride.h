#pragma once

#include "engine/tensor.h"

namespace graft::GRAFT_TARGET {

// Elements from one row of [rows, c] to the next: more than c in a slice of channels. Views that are not
// N,H,W,C have no stride of their own: they are dense.
inline int64_t row_stride(const TensorView& view, int64_t c) {
  return view.shape.rank() == 4 ? view.pixel_stride : c;
}

}  // namespace graft::GRAFT_TARGET
