#pragma once

#include "engine/lowering.h"

namespace graft {

// Whether none of the node's parameters and statistics ever moves.
bool all_constant(const Lowering& lowering, const Node& node);

// A convolution's weights and bias as a step reads them.
struct ConvWeights {
  ValueId weight = no_value, bias = no_value;
  bool constant = false;
};

// With a batch norm on its running statistics multiplied in: constants where nothing of either ever moves,
// else made anew in every run, and for the backward pass once more: kept, they would be in memory for longer.
ConvWeights folded_weights(Lowering& lowering, const Node& conv, const Node& norm, Phase phase);

// Where the gradient of the folded bias goes; no_value where nothing asks for it.
ValueId folded_bias_gradient(Lowering& lowering, const Node& conv, const Node& norm);
// Turns the gradients of the folded weight, which is where the weight's own belongs, and of the folded bias
// into those of what was folded.
void emit_fold_backward(Lowering& lowering, const Node& conv, const Node& norm);

}  // namespace graft
