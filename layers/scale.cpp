#include "layers/scale.h"

#include "engine/lowering.h"
#include "kernels/channel_scale/channel_scale.h"
#include "layers/fusion.h"
#include "layers/rows.h"

namespace graft {

Scale::Scale(int64_t channels, Kind kind) : channels_(channels), kind_(kind) {
  GRAFT_CHECK(channels > 0, shape, "a scale of ", channels, " channels is not possible");
}

Attributes Scale::attributes() const {
  if (kind_ == Kind::layer_scale) return {{"channels", channels_}};
  return {{"channels", channels_}, {"bias", int64_t{kind_ == Kind::with_bias}}};
}

std::vector<ParameterSpec> Scale::parameters() const {
  if (kind_ == Kind::layer_scale) return {{"layer_scale", {channels_, 1, 1}, ParameterRole::layer_scale}};
  std::vector<ParameterSpec> specs{{"weight", {channels_}, ParameterRole::scale}};
  if (kind_ == Kind::with_bias) specs.push_back({"bias", {channels_}, ParameterRole::shift});
  return specs;
}

Shape Scale::output_shape(std::span<const Shape> inputs) const {
  check_channels("a scale", channels_, inputs[0]);
  return inputs[0];
}

void Scale::forward(Lowering& lowering, LayerCall& call) const {
  using Args = ChannelScaleForward::Args;
  const Node& node = *call.node;
  const ChannelScaleProblem p{.rows = rows_of(lowering.shape(call.inputs[0])),
                              .c = channels_,
                              .bias = kind_ == Kind::with_bias,
                              .dtype = lowering.dtype};
  call.saved = {lowering.parameter(node, parameters()[0].name)};
  lowering.plan
      .emit<ChannelScaleForward>(
          node.name, Phase::forward, p,
          {{&Args::x, call.inputs[0], Access::read},
           {&Args::scale, call.saved[0], Access::read},
           {&Args::bias, p.bias ? lowering.parameter(node, "bias") : no_value, Access::read},
           {&Args::y, call.output, Access::write}})
      .may_share(call.inputs[0], call.output);
}

void Scale::backward(Lowering& lowering, LayerCall& call) const {
  using Args = ChannelScaleBackward::Args;
  const Node& node = *call.node;
  const std::string scale = parameters()[0].name;
  const Shape x = lowering.shape(call.inputs[0]);
  const ChannelScaleProblem p{.rows = rows_of(x),
                              .c = channels_,
                              .bias = kind_ == Kind::with_bias,
                              .wants_dx = call.wants_input_gradient[0],
                              .wants_dscale = !lowering.is_constant(node, scale),
                              .dtype = lowering.dtype};
  if (p.wants_dx) call.input_gradients[0] = lowering.activation(value_name(call, "input gradient"), x);
  auto& step = lowering.plan.emit<ChannelScaleBackward>(
      node.name, Phase::backward, p,
      {{&Args::x, p.wants_dscale ? call.inputs[0] : no_value, Access::read},
       {&Args::scale, p.wants_dx ? call.saved[0] : no_value, Access::read},
       {&Args::dy, call.output_gradient, Access::read},
       {&Args::dx, call.input_gradients[0], Access::write},
       {&Args::dscale, lowering.gradient(node, scale), Access::write},
       {&Args::dbias, p.bias ? lowering.gradient(node, "bias") : no_value, Access::write}});
  if (p.wants_dx) step.may_share(call.output_gradient, call.input_gradients[0]);
}

}  // namespace graft
