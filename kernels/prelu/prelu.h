#pragma once

#include <ostream>

#include "engine/op.h"

namespace graft {

// x and y are [rows, c]: every pixel of every picture is a row.
struct PreluProblem {
  int64_t rows, c;
  bool wants_dx = true, wants_dslope = true;  // backward only
  DType dtype = DType::float32;               // of x, y and their gradients; the slopes are master floats
  friend std::ostream& operator<<(std::ostream& out, const PreluProblem& problem);
};

// Ensures y[row, k] = x where x > 0, else slope[k] x (arXiv:1502.01852). Dense; y may be x.
struct PreluForward {
  static constexpr std::string_view name = "prelu_forward";
  using Problem = PreluProblem;
  struct Args {
    TensorView x, slope, y;
  };
};

// Ensures dx = dy where x > 0, else slope[k] dy; dslope[k] = sum over rows of dy x where x is not above 0
// (each assigned where wanted, and then absent where not). Dense; dx may be dy.
struct PreluBackward {
  static constexpr std::string_view name = "prelu_backward";
  using Problem = PreluProblem;
  struct Args {
    TensorView x, slope, dy, dx, dslope;
  };
};

template <>
std::span<const Implementation<PreluForward>> implementations();
template <>
std::span<const Implementation<PreluBackward>> implementations();

}  // namespace graft
