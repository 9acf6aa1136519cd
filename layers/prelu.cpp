#include "layers/prelu.h"

#include "engine/lowering.h"
#include "kernels/prelu/prelu.h"
#include "layers/fusion.h"
#include "layers/rows.h"

namespace graft {

Prelu::Prelu(int64_t channels) : channels_(channels) {
  GRAFT_CHECK(channels > 0, shape, "prelu of ", channels, " channels is not possible");
}

Shape Prelu::output_shape(std::span<const Shape> inputs) const {
  check_channels("prelu", channels_, inputs[0]);
  return inputs[0];
}

void Prelu::forward(Lowering& lowering, LayerCall& call) const {
  using Args = PreluForward::Args;
  const PreluProblem p{
      .rows = rows_of(lowering.shape(call.inputs[0])), .c = channels_, .dtype = lowering.dtype};
  call.saved = {lowering.parameter(*call.node, "weight")};
  lowering.plan
      .emit<PreluForward>(call.node->name, Phase::forward, p,
                          {{&Args::x, call.inputs[0], Access::read},
                           {&Args::slope, call.saved[0], Access::read},
                           {&Args::y, call.output, Access::write}})
      .may_share(call.inputs[0], call.output);
}

void Prelu::backward(Lowering& lowering, LayerCall& call) const {
  using Args = PreluBackward::Args;
  const Node& node = *call.node;
  const Shape x = lowering.shape(call.inputs[0]);
  const PreluProblem p{.rows = rows_of(x),
                       .c = channels_,
                       .wants_dx = call.wants_input_gradient[0],
                       .wants_dslope = !lowering.is_constant(node, "weight"),
                       .dtype = lowering.dtype};
  if (p.wants_dx) call.input_gradients[0] = lowering.activation(value_name(call, "input gradient"), x);
  auto& step =
      lowering.plan.emit<PreluBackward>(node.name, Phase::backward, p,
                                        {{&Args::x, call.inputs[0], Access::read},
                                         {&Args::slope, call.saved[0], Access::read},
                                         {&Args::dy, call.output_gradient, Access::read},
                                         {&Args::dx, call.input_gradients[0], Access::write},
                                         {&Args::dslope, lowering.gradient(node, "weight"), Access::write}});
  if (p.wants_dx) step.may_share(call.output_gradient, call.input_gradients[0]);
}

}  // namespace graft
