#pragma once

#include "engine/lowering.h"
#include "kernels/activation/activation.h"

namespace graft {

// What the nodes fused into a call ask of it.
struct Fusion {
  const Node* batch_norm = nullptr;  // folded into the weights
  int residual_input = -1;           // which of the call's inputs is added
  Activation activation = Activation::none;
};

Fusion fusion_of(const LayerCall& call);

// The gradient in front of the call's fused activation; the output's own gradient where there is none. With
// an activation its sums over pixels go to dbias, unless that is no_value: in the same pass over memory.
ValueId gradient_before_activation(Lowering& lowering, const LayerCall& call, Activation activation,
                                   ValueId dbias = no_value);

// "NAME.forward"-like names for the plan's values.
std::string value_name(const LayerCall& call, std::string_view what);

}  // namespace graft
