#include "layers/fusion.h"

#include "layers/activation.h"
#include "layers/batch_norm.h"

namespace graft {

Fusion fusion_of(const LayerCall& call) {
  Fusion fusion;
  for (const FusedNode& fused : call.fused) {
    if (fused.input >= 0)
      fusion.residual_input = fused.input;
    else if (const auto* activation = dynamic_cast<const ActivationLayer*>(fused.node->layer.get()))
      fusion.activation = activation->kind();
    else
      fusion.batch_norm = fused.node;
  }
  return fusion;
}

std::string value_name(const LayerCall& call, std::string_view what) {
  return call.node->name + "." + std::string(what);
}

ValueId gradient_before_activation(Lowering& lowering, const LayerCall& call, Activation activation,
                                   ValueId dbias) {
  if (activation == Activation::none) return call.output_gradient;
  const Shape& shape = lowering.shape(call.output);
  const ValueId before = lowering.activation(value_name(call, "gradient before activation"), shape);
  emit_activation_backward(lowering, call.node->name, activation, no_value, call.output, call.output_gradient,
                           before, dbias);
  return before;
}

}  // namespace graft
