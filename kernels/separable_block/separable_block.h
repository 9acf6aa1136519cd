#pragma once

#include <ostream>

#include "engine/op.h"
#include "kernels/conv/conv.h"

namespace graft {

// A convolution, a depthwise one, and one of single pixels, of which only the last may add a residual: an
// inverted residual block (Sandler et al., "MobileNetV2", 2018), or a network's stem and the depthwise
// separable convolution behind it. The two maps between them are never in memory.
struct SeparableBlockProblem {
  ConvProblem expand, depthwise, project;  // their types aside
  DType dtype = DType::float32;
  Math math = Math::fp32;

  ConvProblem typed(ConvProblem conv) const {
    conv.dtype = dtype;
    conv.math = math;
    return conv;
  }
  int64_t macs() const { return expand.macs() + depthwise.macs() + project.macs(); }
  friend std::ostream& operator<<(std::ostream& out, const SeparableBlockProblem& problem);
};

// Ensures y is assigned. Dense; y is none of the operands that are read.
struct SeparableBlock {
  static constexpr std::string_view name = "separable_block";
  using Problem = SeparableBlockProblem;
  struct Args {
    TensorView x, expand_w, expand_bias, depthwise_w, depthwise_bias, project_w, project_bias, residual, y;
  };
};

template <>
std::span<const Implementation<SeparableBlock>> implementations();

}  // namespace graft
