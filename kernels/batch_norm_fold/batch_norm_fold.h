#pragma once

#include <ostream>

#include "engine/op.h"

namespace graft {

// A batch norm on its running statistics is a factor and a shift for each channel, which the convolution in
// front of it can take into its weights also while both train. A filter is a row of w, [outputs, per_output].
struct BatchNormFoldProblem {
  int64_t outputs, per_output;
  double epsilon = 1e-5;
  bool bias = false;         // the convolution has one
  bool wants_dscale = true;  // backward only
  DType dtype = DType::float32;
  friend std::ostream& operator<<(std::ostream& out, const BatchNormFoldProblem& problem);
};

// With gain = scale / sqrt(variance + epsilon): ensures folded_w[k, i] = w[k, i] gain[k] and folded_bias[k] =
// (bias[k] - mean[k]) gain[k] + shift[k].
struct BatchNormFoldForward {
  static constexpr std::string_view name = "batch_norm_fold_forward";
  using Problem = BatchNormFoldProblem;
  struct Args {
    TensorView w, bias, scale, shift, mean, variance, folded_w, folded_bias;
  };
};

// Gradients of what was folded become those of its parts. dw holds that of folded_w and ensures dw[k, i] *=
// gain[k]; dscale[k] = (sum over i of w[k, i] dw[k, i] before that, plus (bias[k] - mean[k]) dfolded_bias[k])
// / sqrt(variance[k] + epsilon) where wanted, for which w, bias and mean are read; dbias = dfolded_bias gain
// where there is a bias. dshift is dfolded_bias itself. dbias may be dfolded_bias.
struct BatchNormFoldBackward {
  static constexpr std::string_view name = "batch_norm_fold_backward";
  using Problem = BatchNormFoldProblem;
  struct Args {
    TensorView w, bias, scale, mean, variance, dfolded_bias, dw, dscale, dbias;
  };
};

template <>
std::span<const Implementation<BatchNormFoldForward>> implementations();
template <>
std::span<const Implementation<BatchNormFoldBackward>> implementations();

}  // namespace graft
