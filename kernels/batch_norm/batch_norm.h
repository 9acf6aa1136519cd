#pragma once

#include <ostream>

#include "engine/op.h"
#include "kernels/activation/activation.h"

namespace graft {

// Ioffe and Szegedy 2015 (arXiv:1502.03167) over the rows of x, [rows, c] with rows = n h w.
// y = activation((x - mean) * inverse_deviation * scale + shift), inverse_deviation = 1 / sqrt(variance +
// epsilon).
struct BatchNormProblem {
  int64_t rows, c;
  double epsilon = 1e-5;
  // Weight of the batch in the running statistics (PyTorch's convention); the running variance takes the
  // unbiased one.
  double momentum = 0.1;
  bool batch_statistics = false;
  Activation activation = Activation::none;  // backward: one with gradient_reads_side(), or none
  bool wants_dx = true;                      // backward
  bool wants_dscale = true;                  // backward: dscale and dshift
  DType dtype = DType::float32;
  friend std::ostream& operator<<(std::ostream& out, const BatchNormProblem& problem);
};

// With batch statistics: updates running_mean and running_variance, assigns mean and inverse_deviation [c]
// (float64 on the float64 device, else float32). Without: normalises with the running ones; mean and
// inverse_deviation are not given. x may be a slice of channels.
struct BatchNormForward {
  static constexpr std::string_view name = "batch_norm_forward";
  using Problem = BatchNormProblem;
  struct Args {
    TensorView x, scale, shift, running_mean, running_variance, y, mean, inverse_deviation;
  };
};

// Ensures dx, dscale and dshift are assigned where wanted; dy is the gradient behind the activation, whose
// side of its kinks is told from x, so that nobody reads y. With batch statistics the saved mean and
// inverse_deviation are given, without them the running ones; shift with an activation only. dx may be dy; x
// may be a slice of channels.
struct BatchNormBackward {
  static constexpr std::string_view name = "batch_norm_backward";
  using Problem = BatchNormProblem;
  struct Args {
    TensorView x, dy, scale, shift, mean, inverse_deviation, running_mean, running_variance, dx, dscale,
        dshift;
  };
};

template <>
std::span<const Implementation<BatchNormForward>> implementations();
template <>
std::span<const Implementation<BatchNormBackward>> implementations();

}  // namespace graft
