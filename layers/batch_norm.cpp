#include "layers/batch_norm.h"

#include "engine/check.h"
#include "engine/lowering.h"
#include "kernels/batch_norm/batch_norm.h"
#include "layers/fusion.h"

namespace graft {

BatchNorm::BatchNorm(const BatchNormOptions& options) : options_(options) {
  GRAFT_CHECK(options.channels > 0 && options.epsilon > 0 && options.momentum >= 0 && options.momentum <= 1,
              shape, "batch norm of ", options.channels, " channels, epsilon ", options.epsilon,
              ", momentum ", options.momentum, " is not possible");
}

Attributes BatchNorm::attributes() const {
  return {{"channels", options_.channels}, {"epsilon", options_.epsilon}, {"momentum", options_.momentum}};
}

std::vector<ParameterSpec> BatchNorm::parameters() const {
  const Shape c{options_.channels};
  return {{"weight", c, ParameterRole::scale},
          {"bias", c, ParameterRole::shift},
          {"running_mean", c, ParameterRole::running_mean},
          {"running_var", c, ParameterRole::running_variance}};
}

Shape BatchNorm::output_shape(std::span<const Shape> inputs) const {
  GRAFT_CHECK(inputs[0].rank() == 4 && inputs[0].c() == options_.channels, shape, "batch norm of ",
              options_.channels, " channels was given ", inputs[0]);
  return inputs[0];
}

void BatchNorm::forward(Lowering& lowering, LayerCall& call) const {
  using Args = BatchNormForward::Args;
  const Shape& s = lowering.shape(call.inputs[0]);
  const BatchNormProblem p{.rows = s.n() * s.h() * s.w(),
                           .c = s.c(),
                           .epsilon = options_.epsilon,
                           .momentum = options_.momentum,
                           .batch_statistics = call.batch_statistics,
                           .activation = fusion_of(call).activation,
                           .dtype = lowering.dtype};
  if (p.batch_statistics) {
    GRAFT_CHECK(
        p.rows > 1, shape, "layer '", call.node->name,
        "': one value per channel has no batch statistics; use a larger batch or --batch-norm frozen");
    call.saved = {lowering.statistic(value_name(call, "mean"), {p.c}),
                  lowering.statistic(value_name(call, "inverse deviation"), {p.c})};
  } else {
    call.saved = {no_value, no_value};
  }
  const Node& node = *call.node;
  const Access statistics = p.batch_statistics ? Access::update : Access::read;
  auto& step = lowering.plan.emit<BatchNormForward>(
      node.name, Phase::forward, p,
      {{&Args::x, call.inputs[0], Access::read},
       {&Args::scale, lowering.parameter(node, "weight"), Access::read},
       {&Args::shift, lowering.parameter(node, "bias"), Access::read},
       {&Args::running_mean, lowering.parameter(node, "running_mean"), statistics},
       {&Args::running_variance, lowering.parameter(node, "running_var"), statistics},
       {&Args::y, call.output, Access::write},
       {&Args::mean, call.saved[0], Access::write},
       {&Args::inverse_deviation, call.saved[1], Access::write}});
  if (!p.batch_statistics) step.may_share(call.inputs[0], call.output);
}

void BatchNorm::backward(Lowering& lowering, LayerCall& call) const {
  using Args = BatchNormBackward::Args;
  const Node& node = *call.node;
  const Shape& s = lowering.shape(call.inputs[0]);
  BatchNormProblem p{.rows = s.n() * s.h() * s.w(),
                     .c = s.c(),
                     .epsilon = options_.epsilon,
                     .momentum = options_.momentum,
                     .batch_statistics = call.batch_statistics,
                     .wants_dx = call.wants_input_gradient[0],
                     .wants_dscale = !lowering.is_constant(node, "weight"),
                     .dtype = lowering.dtype};
  // Without batch statistics and without parameter gradients dx is dy times a constant: x is not needed.
  const bool reads_x = p.batch_statistics || p.wants_dscale;
  const Activation activation = fusion_of(call).activation;
  const bool tells_side = reads_x && gradient_reads_side(activation);
  if (tells_side) p.activation = activation;
  const ValueId dy =
      tells_side ? call.output_gradient : gradient_before_activation(lowering, call, activation);
  if (p.wants_dx) call.input_gradients[0] = lowering.activation(value_name(call, "input gradient"), s);
  const auto running = [&](std::string_view name) {
    return p.batch_statistics ? no_value : lowering.parameter(node, name);
  };
  auto& step = lowering.plan.emit<BatchNormBackward>(
      node.name, Phase::backward, p,
      {{&Args::x, reads_x ? call.inputs[0] : no_value, Access::read},
       {&Args::dy, dy, Access::read},
       {&Args::scale, lowering.parameter(node, "weight"), Access::read},
       {&Args::shift, tells_side ? lowering.parameter(node, "bias") : no_value, Access::read},
       {&Args::mean, call.saved[0], Access::read},
       {&Args::inverse_deviation, call.saved[1], Access::read},
       {&Args::running_mean, running("running_mean"), Access::read},
       {&Args::running_variance, running("running_var"), Access::read},
       {&Args::dx, call.input_gradients[0], Access::write},
       {&Args::dscale, lowering.gradient(node, "weight"), Access::write},
       {&Args::dshift, lowering.gradient(node, "bias"), Access::write}});
  if (p.wants_dx) step.may_share(dy, call.input_gradients[0]);
}

}  // namespace graft
