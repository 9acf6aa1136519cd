#pragma once

#include <span>
#include <vector>

#include "engine/lowering.h"

namespace graft {

// The calls of a plan in order, before any step is written. Rules merge neighbours.
struct CallList {
  std::vector<LayerCall> calls;
  std::vector<int> readers;  // by node: how many calls read its output, plus one where it is wanted outside
  std::vector<bool> needs_gradient;  // by node: whether a gradient must reach its output

  // The call that writes the node's output; -1 for the plan's inputs.
  int producer(NodeId node) const;
  // Moves the work of calls[second] into calls[first], which takes second's place in the order.
  void merge(int first, int second, FusedNode fused);
};

using LoweringRule = void (*)(CallList& list, const Lowering& lowering);

// A batch norm on its running statistics disappears into the convolution before it.
void fold_batch_norm(CallList& list, const Lowering& lowering);
// An addition becomes the epilogue of the later convolution that feeds it.
void fuse_residual(CallList& list, const Lowering& lowering);
// An activation becomes the epilogue of the convolution, dense layer, batch norm or addition before it,
// unless a backward pass will read its input.
void fuse_activation(CallList& list, const Lowering& lowering);

// In the order in which they are applied.
std::span<const LoweringRule> lowering_rules();

}  // namespace graft
