#pragma once

#include <ostream>

#include "engine/op.h"

namespace graft {

// x is [n, h, w, c], y [n, h factor, w factor, c].
struct UpsampleProblem {
  int64_t n, h, w, c, factor;
  DType dtype = DType::float32;
  friend std::ostream& operator<<(std::ostream& out, const UpsampleProblem& problem);
};

// Ensures y[n, p, q] = x[n, p / factor, q / factor]: every pixel becomes a square. Dense.
struct UpsampleForward {
  static constexpr std::string_view name = "upsample_forward";
  using Problem = UpsampleProblem;
  struct Args {
    TensorView x, y;
  };
};

// Ensures dx = the sum of dy over the pixel's square (assigned). Dense.
struct UpsampleBackward {
  static constexpr std::string_view name = "upsample_backward";
  using Problem = UpsampleProblem;
  struct Args {
    TensorView dy, dx;
  };
};

template <>
std::span<const Implementation<UpsampleForward>> implementations();
template <>
std::span<const Implementation<UpsampleBackward>> implementations();

}  // namespace graft
