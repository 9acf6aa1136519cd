#pragma once

#include <ostream>

#include "engine/op.h"

namespace graft {

// Each row of [rows, c] by itself (arXiv:1607.06450): the channels of every pixel of every picture.
struct LayerNormProblem {
  int64_t rows, c;
  double epsilon = 1e-5;
  bool wants_dx = true, wants_dscale = true;  // backward only; dscale goes with dshift
  DType dtype = DType::float32;               // of x, y and their gradients; the rest are master floats
  friend std::ostream& operator<<(std::ostream& out, const LayerNormProblem& problem);
};

// Ensures y = (x - mean) / sqrt(variance + epsilon) scale + shift, with the row's mean and biased variance,
// which are assigned: [rows]. scale and shift: [c]. Dense; y may be x.
struct LayerNormForward {
  static constexpr std::string_view name = "layer_norm_forward";
  using Problem = LayerNormProblem;
  struct Args {
    TensorView x, scale, shift, y, mean, variance;
  };
};

// Ensures dx, dscale and dshift (each assigned where wanted, and then absent where not), from x and what the
// forward pass left. Dense; dx may be dy.
struct LayerNormBackward {
  static constexpr std::string_view name = "layer_norm_backward";
  using Problem = LayerNormProblem;
  struct Args {
    TensorView x, dy, scale, mean, variance, dx, dscale, dshift;
  };
};

template <>
std::span<const Implementation<LayerNormForward>> implementations();
template <>
std::span<const Implementation<LayerNormBackward>> implementations();

}  // namespace graft
