#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/float_elements.h"
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
  Lowering(Plan& plan, const Weights& weights, const Parameters* parameters, DType master, Math math)
      : plan(plan),
        dtype(math == Math::bf16 ? DType::bfloat16 : master),
        master(master),
        math(math),
        weights_(weights),
        parameters_(parameters) {}

  // A copy: values move where new ones are made.
  Shape shape(ValueId id) const { return plan.value(id).shape; }
  ValueId activation(const std::string& name, const Shape& shape) {
    return plan.activation(name, shape, dtype);
  }

  // Saved for the backward pass, or a loss: never narrower than the parameters.
  ValueId statistic(const std::string& name, const Shape& shape) {
    return plan.activation(name, shape, master);
  }

  // The layer's parameter: a slice of Parameters where it trains (or moves), else a constant.
  ValueId parameter(const Node& node, std::string_view name);
  // Its gradient's slice; no_value where it is frozen.
  ValueId gradient(const Node& node, std::string_view name);
  bool is_constant(const Node& node, std::string_view name) const;

  // What a product reads of it: in the type of activations, rounded anew in every run where it trains.
  // `round` makes that value from the parameter's.
  template <class Round>
  ValueId product_weight(const Node& node, std::string_view name, Round round) {
    const ValueId whole = parameter(node, name);
    const Value& value = plan.value(whole);
    if (dtype == master) return whole;
    if (value.storage == Storage::constant) {
      plan.value(whole).dtype = dtype;
      return whole;
    }
    const auto [made, is_new] = made_.try_emplace(value.name + ", rounded", no_value);
    if (is_new) made->second = round(whole);
    return made->second;
  }

  // fill(T* elements) computes the constant in float or double.
  template <class Fill>
  ValueId constant(const std::string& name, const Shape& shape, DType type, Fill fill) {
    return plan.add({.name = name,
                     .shape = shape,
                     .dtype = type,
                     .storage = Storage::constant,
                     .fill = [fill, count = shape.count()](void* memory, DType type) {
                       if (type == DType::float64) return fill(static_cast<double*>(memory));
                       if (type == DType::float32) return fill(static_cast<float*>(memory));
                       std::vector<float> whole(static_cast<size_t>(count));
                       fill(whole.data());
                       from_floats(whole.data(), count, type, memory);
                     }});
  }
  // The published tensor, which outlives the plan's preparation.
  const HostTensor& published(const Node& node, std::string_view name) const;

  Plan& plan;
  const DType dtype;   // of activations and their gradients
  const DType master;  // of parameters, their gradients, statistics and losses
  const Math math;     // of convolutions and dense layers

 private:
  ValueId slice_value(Storage storage, int slice, const Parameters::Slice& info);

  const Weights& weights_;
  const Parameters* parameters_;
  std::map<std::string, ValueId, std::less<>> made_;
};

}  // namespace graft
