#include "layers/flatten.h"

#include "engine/lowering.h"
#include "layers/fusion.h"

namespace graft {

Shape Flatten::output_shape(std::span<const Shape> inputs) const {
  return {inputs[0][0], inputs[0][0] ? inputs[0].count() / inputs[0][0] : 0};
}

void Flatten::forward(Lowering& lowering, LayerCall& call) const {
  lowering.plan.value(call.output).part_of = call.inputs[0];
}

void Flatten::backward(Lowering& lowering, LayerCall& call) const {
  call.input_gradients[0] =
      lowering.activation(value_name(call, "input gradient"), lowering.shape(call.inputs[0]));
  lowering.plan.value(call.input_gradients[0]).part_of = call.output_gradient;
}

}  // namespace graft
