#pragma once

#include <ostream>

#include "engine/op.h"
#include "kernels/batch_norm/batch_norm.h"
#include "kernels/conv/conv.h"

namespace graft {

// A batch norm on the batch's statistics, its activation, and the convolution that alone reads what they
// give: y = conv(activation((x - mean) * inverse_deviation * scale + shift), w). The map between norm and
// convolution is never in memory; the backward pass makes it again from x.
struct NormConvProblem {
  ConvProblem conv;                          // without an epilogue, its type aside
  Activation activation = Activation::none;  // or one with gradient_reads_side()
  double epsilon = 1e-5, momentum = 0.1;     // as the batch norm's
  bool wants_dx = true;                      // backward
  DType dtype = DType::float32;

  BatchNormProblem norm() const {
    return {.rows = conv.n * conv.h * conv.w,
            .c = conv.c,
            .epsilon = epsilon,
            .momentum = momentum,
            .batch_statistics = true,
            .activation = activation,
            .wants_dx = wants_dx,
            .dtype = dtype};
  }
  ConvProblem convolution() const {
    ConvProblem typed = conv;
    typed.dtype = dtype;
    return typed;
  }
  int64_t macs() const { return conv.macs(); }
  friend std::ostream& operator<<(std::ostream& out, const NormConvProblem& problem);
};

// Updates running_mean and running_variance, assigns mean, inverse_deviation and y. Dense.
struct NormConvForward {
  static constexpr std::string_view name = "norm_conv_forward";
  using Problem = NormConvProblem;
  struct Args {
    TensorView x, scale, shift, running_mean, running_variance, w, y, mean, inverse_deviation;
  };
};

// Ensures dw, dscale, dshift and, where wanted, dx are assigned. Dense.
struct NormConvBackward {
  static constexpr std::string_view name = "norm_conv_backward";
  struct Problem : NormConvProblem {
    int64_t macs() const { return 2 * conv.macs(); }
  };
  struct Args {
    TensorView x, dy, scale, shift, mean, inverse_deviation, w, dx, dw, dscale, dshift;
  };
};

// The batch norm's operands among an op's.
template <class Args>
BatchNormForward::Args norm_operands(const Args& args) {
  BatchNormForward::Args norm;
  norm.x = args.x;
  norm.scale = args.scale;
  norm.shift = args.shift;
  norm.mean = args.mean;
  norm.inverse_deviation = args.inverse_deviation;
  if constexpr (requires { args.running_mean; }) {
    norm.running_mean = args.running_mean;
    norm.running_variance = args.running_variance;
  }
  return norm;
}

// From `dy`, what the convolution gives back.
inline BatchNormBackward::Args norm_operands(const NormConvBackward::Args& args, const TensorView& dy) {
  BatchNormBackward::Args norm;
  norm.x = args.x;
  norm.dy = dy;
  norm.scale = args.scale;
  norm.shift = args.shift;
  norm.mean = args.mean;
  norm.inverse_deviation = args.inverse_deviation;
  norm.dx = args.dx;
  norm.dscale = args.dscale;
  norm.dshift = args.dshift;
  return norm;
}

template <>
std::span<const Implementation<NormConvForward>> implementations();
template <>
std::span<const Implementation<NormConvBackward>> implementations();

}  // namespace graft
