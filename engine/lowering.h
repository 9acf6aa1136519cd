#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/graph.h"
#include "engine/parameters.h"
#include "engine/plan.h"

namespace graft {

// A node whose work another node's call does as well: a batch norm, an addition, an activation behind a
// convolution.
struct FusedNode {
  const Node* node;
  int input = -1;  // of an addition: which of the call's inputs is its other operand
};

// One layer's part in a plan: what it reads, writes and saves.
struct LayerCall {
  const Node* node = nullptr;
  NodeId result = -1;             // the graph's node whose output is written: the last fused one
  std::vector<NodeId> sources;    // the nodes whose outputs are read
  bool inference = false;         // nothing random
  bool batch_statistics = false;  // batch norm: the batch's instead of the running ones
  std::vector<FusedNode> fused;   // in order of computation

  std::vector<ValueId> inputs;
  ValueId output = no_value;
  std::vector<ValueId> saved;  // what forward leaves for backward beside inputs and output

  ValueId output_gradient = no_value;
  std::vector<bool> wants_input_gradient;
  std::vector<ValueId> input_gradients;  // assigned by backward where wanted
};

// What layers write their steps into: the plan, and the values of parameters by name.
class Lowering {
 public:
  Lowering(Plan& plan, const Weights& weights, const Parameters* parameters, DType dtype, Math math)
      : plan(plan), dtype(dtype), math(math), weights_(weights), parameters_(parameters) {}

  const Shape& shape(ValueId id) const { return plan.value(id).shape; }
  ValueId activation(const std::string& name, const Shape& shape) {
    return plan.activation(name, shape, dtype);
  }

  // The layer's parameter: a slice of Parameters where it trains (or moves), else a constant.
  ValueId parameter(const Node& node, std::string_view name);
  // Its gradient's slice; no_value where it is frozen.
  ValueId gradient(const Node& node, std::string_view name);
  bool is_constant(const Node& node, std::string_view name) const;

  // fill(T* elements) computes the constant in float or double, whichever the plan uses.
  template <class Fill>
  ValueId constant(const std::string& name, const Shape& shape, Fill fill) {
    return plan.add({.name = name,
                     .shape = shape,
                     .dtype = dtype,
                     .storage = Storage::constant,
                     .fill = [fill, type = dtype](void* memory) {
                       if (type == DType::float64)
                         fill(static_cast<double*>(memory));
                       else
                         fill(static_cast<float*>(memory));
                     }});
  }
  // The published tensor, which outlives the plan's preparation.
  const HostTensor& published(const Node& node, std::string_view name) const;

  Plan& plan;
  const DType dtype;
  const Math math;  // of convolutions and dense layers

 private:
  ValueId slice_value(Storage storage, int slice, const Parameters::Slice& info);

  const Weights& weights_;
  const Parameters* parameters_;
  std::map<std::string, ValueId, std::less<>> made_;
};

}  // namespace graft
