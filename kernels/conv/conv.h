#pragma once

#include <ostream>

#include "engine/op.h"
#include "kernels/activation/activation.h"

namespace graft {

// A 2-D convolution (cross-correlation, as everywhere in this field). x is N,H,W,C; w is K,R,S,C/groups; y is
// N,P,Q,K.
struct ConvProblem {
  int64_t n, h, w, c, k;
  int64_t r, s;
  int64_t stride_h = 1, stride_w = 1;
  int64_t pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
  int64_t dilation_h = 1, dilation_w = 1;
  int64_t groups = 1;
  DType dtype = DType::float32;
  Math math = Math::fp32;

  // Epilogue of the forward pass: y = activation(conv(x, w) + bias + residual).
  bool bias = false;
  bool residual = false;
  Activation activation = Activation::none;
  bool y_slice = false;  // forward, without a residual: y is a slice of the channels of wider pixels

  // Forward in bfloat16: which operands are float32 all the same.
  bool wide_x = false, wide_w = false, wide_y = false;

  // The weights (and the bias, forward) are the same for the plan's life: keep_constants() may pack them.
  bool constant_weights = false;

  int64_t p() const { return (h + pad_top + pad_bottom - dilation_h * (r - 1) - 1) / stride_h + 1; }
  int64_t q() const { return (w + pad_left + pad_right - dilation_w * (s - 1) - 1) / stride_w + 1; }
  int64_t group_c() const { return c / groups; }
  int64_t group_k() const { return k / groups; }
  int64_t macs() const { return n * p() * q() * k * r * s * group_c(); }
  bool depthwise() const { return groups == c && groups == k; }
  bool mixed() const { return wide_x || wide_w || wide_y; }
  friend std::ostream& operator<<(std::ostream& out, const ConvProblem& problem);
};

// Requires x, w, y dense, as everywhere here, and aligned to 16 bytes (residual like y; it may be y itself).
// Of a slice, the first channel and the channels of the wider pixels are multiples of 4. Ensures y is
// assigned.
struct ConvForward {
  static constexpr std::string_view name = "conv_forward";
  using Problem = ConvProblem;
  struct Args {
    TensorView x, w, bias, residual, y;
  };
};

// Ensures dx[n,h,w,c] = sum over outputs that read it of dy * w (assigned). The epilogue's fields are
// ignored.
struct ConvBackwardData {
  static constexpr std::string_view name = "conv_backward_data";
  using Problem = ConvProblem;
  struct Args {
    TensorView dy, w, dx;
  };
};

// Ensures dw = sum over n,p,q of dy * x and, where problem.bias, dbias[k] = sum over n,p,q of dy (both
// assigned).
struct ConvBackwardWeights {
  static constexpr std::string_view name = "conv_backward_weights";
  using Problem = ConvProblem;
  struct Args {
    TensorView x, dy, dw, dbias;
  };
};

template <>
std::span<const Implementation<ConvForward>> implementations();
template <>
std::span<const Implementation<ConvBackwardData>> implementations();
template <>
std::span<const Implementation<ConvBackwardWeights>> implementations();

}  // namespace graft
