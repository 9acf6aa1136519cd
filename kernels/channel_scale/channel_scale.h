#pragma once

#include <ostream>

#include "engine/op.h"

namespace graft {

// x and y are [rows, c]: every pixel of every picture is a row.
struct ChannelScaleProblem {
  int64_t rows, c;
  bool bias = false;
  bool wants_dx = true, wants_dscale = true;  // backward only; dscale goes with dbias
  DType dtype = DType::float32;               // of x, y and their gradients; the channels' are master floats
  friend std::ostream& operator<<(std::ostream& out, const ChannelScaleProblem& problem);
};

// Ensures y[row, k] = x[row, k] scale[k], plus bias[k] where there is one. Dense; y may be x.
struct ChannelScaleForward {
  static constexpr std::string_view name = "channel_scale_forward";
  using Problem = ChannelScaleProblem;
  struct Args {
    TensorView x, scale, bias, y;
  };
};

// Ensures dx = dy scale, dscale = sum over rows of dy x, dbias = sum over rows of dy (each assigned where
// wanted, and then absent where not). x is read where dscale is wanted, scale where dx is. Dense; dx may be
// dy.
struct ChannelScaleBackward {
  static constexpr std::string_view name = "channel_scale_backward";
  using Problem = ChannelScaleProblem;
  struct Args {
    TensorView x, scale, dy, dx, dscale, dbias;
  };
};

template <>
std::span<const Implementation<ChannelScaleForward>> implementations();
template <>
std::span<const Implementation<ChannelScaleBackward>> implementations();

}  // namespace graft
