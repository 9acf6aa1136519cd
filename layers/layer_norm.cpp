#include "layers/layer_norm.h"

#include "engine/lowering.h"
#include "kernels/layer_norm/layer_norm.h"
#include "layers/fusion.h"
#include "layers/rows.h"

namespace graft {

LayerNorm::LayerNorm(int64_t channels, double epsilon) : channels_(channels), epsilon_(epsilon) {
  GRAFT_CHECK(channels > 0 && epsilon > 0, shape, "layer norm of ", channels, " channels, epsilon ", epsilon,
              " is not possible");
}

std::vector<ParameterSpec> LayerNorm::parameters() const {
  return {{"weight", {channels_}, ParameterRole::scale}, {"bias", {channels_}, ParameterRole::shift}};
}

Shape LayerNorm::output_shape(std::span<const Shape> inputs) const {
  check_channels("layer norm", channels_, inputs[0]);
  return inputs[0];
}

void LayerNorm::forward(Lowering& lowering, LayerCall& call) const {
  using Args = LayerNormForward::Args;
  const Node& node = *call.node;
  const int64_t rows = rows_of(lowering.shape(call.inputs[0]));
  const LayerNormProblem p{.rows = rows, .c = channels_, .epsilon = epsilon_, .dtype = lowering.dtype};
  call.saved = {lowering.statistic(value_name(call, "mean"), {rows}),
                lowering.statistic(value_name(call, "variance"), {rows})};
  lowering.plan
      .emit<LayerNormForward>(node.name, Phase::forward, p,
                              {{&Args::x, call.inputs[0], Access::read},
                               {&Args::scale, lowering.parameter(node, "weight"), Access::read},
                               {&Args::shift, lowering.parameter(node, "bias"), Access::read},
                               {&Args::y, call.output, Access::write},
                               {&Args::mean, call.saved[0], Access::write},
                               {&Args::variance, call.saved[1], Access::write}})
      .may_share(call.inputs[0], call.output);
}

void LayerNorm::backward(Lowering& lowering, LayerCall& call) const {
  using Args = LayerNormBackward::Args;
  const Node& node = *call.node;
  const Shape x = lowering.shape(call.inputs[0]);
  const LayerNormProblem p{.rows = rows_of(x),
                           .c = channels_,
                           .epsilon = epsilon_,
                           .wants_dx = call.wants_input_gradient[0],
                           .wants_dscale = !lowering.is_constant(node, "weight"),
                           .dtype = lowering.dtype};
  if (p.wants_dx) call.input_gradients[0] = lowering.activation(value_name(call, "input gradient"), x);
  auto& step = lowering.plan.emit<LayerNormBackward>(
      node.name, Phase::backward, p,
      {{&Args::x, call.inputs[0], Access::read},
       {&Args::dy, call.output_gradient, Access::read},
       {&Args::scale, lowering.parameter(node, "weight"), Access::read},
       {&Args::mean, call.saved[0], Access::read},
       {&Args::variance, call.saved[1], Access::read},
       {&Args::dx, call.input_gradients[0], Access::write},
       {&Args::dscale, lowering.gradient(node, "weight"), Access::write},
       {&Args::dshift, lowering.gradient(node, "bias"), Access::write}});
  if (p.wants_dx) step.may_share(call.output_gradient, call.input_gradients[0]);
}

}  // namespace graft
