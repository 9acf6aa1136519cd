#pragma once

#include <ostream>

#include "engine/op.h"
#include "kernels/activation/activation.h"

namespace graft {

// A fully connected layer: x is [n, inputs], w is [outputs, inputs], y is [n, outputs]. All are aligned
// to 16 bytes.
struct DenseProblem {
  int64_t n, inputs, outputs;
  DType dtype = DType::float32;
  Math math = Math::fp32;
  bool bias = false;
  Activation activation = Activation::none;  // forward only
  bool constant_weights = false;             // as in ConvProblem
  int64_t macs() const { return n * inputs * outputs; }
  friend std::ostream& operator<<(std::ostream& out, const DenseProblem& problem);
};

// Ensures y = activation(x w^T + bias).
struct DenseForward {
  static constexpr std::string_view name = "dense_forward";
  using Problem = DenseProblem;
  struct Args {
    TensorView x, w, bias, y;
  };
};

// Ensures dx = dy w (assigned).
struct DenseBackwardData {
  static constexpr std::string_view name = "dense_backward_data";
  using Problem = DenseProblem;
  struct Args {
    TensorView dy, w, dx;
  };
};

// Ensures dw = dy^T x and, where problem.bias, dbias = column sums of dy (both assigned).
struct DenseBackwardWeights {
  static constexpr std::string_view name = "dense_backward_weights";
  using Problem = DenseProblem;
  struct Args {
    TensorView x, dy, dw, dbias;
  };
};

template <>
std::span<const Implementation<DenseForward>> implementations();
template <>
std::span<const Implementation<DenseBackwardData>> implementations();
template <>
std::span<const Implementation<DenseBackwardWeights>> implementations();

}  // namespace graft
