#include "layers/batch_norm.h"
#include "layers/conv.h"
#include "layers/folded_batch_norm.h"
#include "layers/lowering/rules.h"

namespace graft {

namespace {

// Behind a frozen convolution the norm's gradients are sums over pixels; the folded filter's would be a
// pass of its own.
bool may_fold(const CallList& list, const Lowering& lowering, const LayerCall& conv, const LayerCall& norm) {
  const bool trains = list.needs_gradient[norm.result] && !all_constant(lowering, *norm.node);
  return !trains || !lowering.is_constant(*conv.node, "weight");
}

}  // namespace

void fold_batch_norm(CallList& list, const Lowering& lowering) {
  for (int i = 0; i < static_cast<int>(list.calls.size()); ++i) {
    const LayerCall& norm = list.calls[i];
    if (!dynamic_cast<const BatchNorm*>(norm.node->layer.get()) || norm.batch_statistics) continue;
    const int before = list.producer(norm.sources[0]);
    if (before < 0 || list.readers[norm.sources[0]] != 1) continue;
    const LayerCall& conv = list.calls[before];
    if (!dynamic_cast<const Conv*>(conv.node->layer.get()) || !conv.fused.empty()) continue;
    if (!may_fold(list, lowering, conv, norm)) continue;
    list.merge(before, i--, {norm.node});
  }
}

}  // namespace graft
