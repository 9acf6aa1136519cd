#pragma once

#include <ostream>

#include "engine/op.h"

namespace graft {

// Of channels [first, first + count) of [rows, c]: every pixel of every picture is a row.
struct SliceGradientProblem {
  int64_t rows, c, first, count;
  DType dtype = DType::float32;
  friend std::ostream& operator<<(std::ostream& out, const SliceGradientProblem& problem);
};

// Ensures dx[row, first + k] = dy[row, k], and 0 in the other channels (assigned). Dense; dx is not dy.
struct SliceGradient {
  static constexpr std::string_view name = "slice_gradient";
  using Problem = SliceGradientProblem;
  struct Args {
    TensorView dy, dx;
  };
};

template <>
std::span<const Implementation<SliceGradient>> implementations();

}  // namespace graft
