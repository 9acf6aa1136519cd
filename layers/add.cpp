#include "layers/add.h"

#include "engine/check.h"
#include "engine/lowering.h"
#include "kernels/elementwise/elementwise.h"
#include "layers/fusion.h"

namespace graft {

Shape AddLayer::output_shape(std::span<const Shape> inputs) const {
  GRAFT_CHECK(inputs.size() == 2 && inputs[0] == inputs[1], shape,
              "an addition needs two inputs of one shape; it was given ", inputs[0], " and ", inputs.back());
  return inputs[0];
}

void AddLayer::forward(Lowering& lowering, LayerCall& call) const {
  using Args = Add::Args;
  const AddProblem p{lowering.shape(call.output).count(), fusion_of(call).activation, lowering.dtype};
  auto& step = lowering.plan.emit<Add>(call.node->name, Phase::forward, p,
                                       {{&Args::a, call.inputs[0], Access::read},
                                        {&Args::b, call.inputs[1], Access::read},
                                        {&Args::y, call.output, Access::write}});
  step.may_share(call.inputs[0], call.output);
  step.may_share(call.inputs[1], call.output);
}

void AddLayer::backward(Lowering& lowering, LayerCall& call) const {
  const ValueId dy = gradient_before_activation(lowering, call, fusion_of(call).activation);
  call.input_gradients = {dy, dy};
}

}  // namespace graft
