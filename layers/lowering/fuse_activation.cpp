#include "layers/activation.h"
#include "layers/add.h"
#include "layers/batch_norm.h"
#include "layers/conv.h"
#include "layers/dense.h"
#include "layers/lowering/rules.h"

namespace graft {

namespace {

template <class... Kinds>
bool is_any(const Layer& layer) {
  return (... || (dynamic_cast<const Kinds*>(&layer) != nullptr));
}

bool is_gelu(const LayerCall& activation) {
  return static_cast<const ActivationLayer&>(*activation.node->layer).kind().kind == Activation::gelu;
}

bool backward_reads_input(const CallList& list, const LayerCall& activation) {
  const Layer& layer = *activation.node->layer;
  return gradient_reads_input(static_cast<const ActivationLayer&>(layer).kind()) &&
         list.needs_gradient[activation.result];
}

}  // namespace

void fuse_activation(CallList& list, const Lowering&) {
  for (int i = 0; i < static_cast<int>(list.calls.size()); ++i) {
    const LayerCall& activation = list.calls[i];
    if (!is_any<ActivationLayer>(*activation.node->layer) || backward_reads_input(list, activation)) continue;
    const int before = list.producer(activation.sources[0]);
    if (before < 0 || list.readers[activation.sources[0]] != 1) continue;
    const LayerCall& producer = list.calls[before];
    if (!is_any<Conv, Dense, BatchNorm, AddLayer>(*producer.node->layer)) continue;
    // Our products do not end in it: see finish_product.
    if (is_gelu(activation) && is_any<Conv, Dense>(*producer.node->layer)) continue;
    if (!producer.fused.empty() && is_any<ActivationLayer>(*producer.fused.back().node->layer)) continue;
    list.merge(before, i--, {activation.node});
  }
}

}  // namespace graft
