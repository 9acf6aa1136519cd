#pragma once

#include <algorithm>
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
  std::vector<Member> masters = {};   // inputs that are float32 always, and 1 at least: they may be variances
  std::vector<std::pair<Member, Shape>> others = {};  // further outputs, float32, that nobody compares
  double tolerance = 0;  // of what is not exact: the share of 1 and of the value that it may differ by

  bool is_master(Member member) const {
    return std::find(masters.begin(), masters.end(), member) != masters.end();
  }
  DType input_type(Member member) const { return is_master(member) ? DType::float32 : problem.dtype; }

  Work work() const {
    size_t bytes = static_cast<size_t>(output_shape.count()) * size_of(output_type);
    for (const auto& [member, shape] : inputs)
      bytes += static_cast<size_t>(shape.count()) * size_of(input_type(member));
    for (const auto& [member, shape] : others) bytes += static_cast<size_t>(shape.count()) * sizeof(float);
    double flops = 0;
    if constexpr (requires { problem.macs(); }) flops = 2 * static_cast<double>(problem.macs());
    return {flops, static_cast<double>(bytes)};
  }
};

}  // namespace graft::bench
