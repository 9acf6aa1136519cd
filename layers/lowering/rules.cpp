#include "layers/lowering/rules.h"

namespace graft {

int CallList::producer(NodeId node) const {
  for (int i = 0; i < static_cast<int>(calls.size()); ++i)
    if (calls[i].result == node) return i;
  return -1;
}

void CallList::merge(int first, int second, FusedNode fused) {
  LayerCall merged = std::move(calls[first]);
  merged.result = calls[second].result;
  merged.fused.push_back(fused);
  calls[second] = std::move(merged);
  calls.erase(calls.begin() + first);
}

std::span<const LoweringRule> lowering_rules() {
  static constexpr LoweringRule rules[] = {fold_batch_norm, fuse_residual, fuse_activation};
  return rules;
}

}  // namespace graft
