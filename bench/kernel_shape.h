#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "engine/shape.h"
#include "engine/tensor.h"

namespace graft::bench {

using Inputs = std::vector<std::vector<float>>;

// Of one launch: two operations for each multiply-add, operands counted once.
struct Work {
  double flops = 0, bytes = 0;
};

// An op on one shape: its operands, and the definition to verify results with.
template <class Op>
struct KernelShape {
  using Member = TensorView Op::Args::*;
  typename Op::Problem problem;
  std::vector<std::pair<Member, Shape>> inputs;
  Member output;
  Shape output_shape;
  // Element i of the output from the inputs, by the definition.
  double (*element)(const typename Op::Problem&, const Inputs& inputs, int64_t i);
  DType output_type = problem.dtype;  // gradients of weights are float32 always

  Work work() const {
    size_t bytes = static_cast<size_t>(output_shape.count()) * size_of(output_type);
    for (const auto& [member, shape] : inputs)
      bytes += static_cast<size_t>(shape.count()) * size_of(problem.dtype);
    double flops = 0;
    if constexpr (requires { problem.macs(); }) flops = 2 * static_cast<double>(problem.macs());
    return {flops, static_cast<double>(bytes)};
  }
};

}  // namespace graft::bench
