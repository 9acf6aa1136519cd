#include "layers/conv.h"

#include "engine/check.h"
#include "engine/lowering.h"
#include "layers/cast.h"
#include "layers/filter_rounding.h"
#include "layers/folded_batch_norm.h"
#include "layers/fusion.h"
#include "layers/window.h"

namespace graft {

Conv::Conv(const ConvOptions& options) : options_(options) {
  const ConvOptions& o = options_;
  GRAFT_CHECK(o.inputs > 0 && o.outputs > 0 && o.kernel_h > 0 && o.kernel_w > 0 && o.stride_h > 0 &&
                  o.stride_w > 0 && o.dilation_h > 0 && o.dilation_w > 0,
              shape, "a convolution's channels, kernel, stride and dilation must be at least 1");
  GRAFT_CHECK(o.groups > 0 && o.inputs % o.groups == 0 && o.outputs % o.groups == 0, shape,
              "a convolution of ", o.inputs, " to ", o.outputs, " channels cannot have ", o.groups,
              " groups");
  GRAFT_CHECK(!o.linear || (o.kernel_h == 1 && o.kernel_w == 1 && o.groups == 1), shape,
              "a convolution with a dense layer's weight has one pixel and one group");
}

Attributes Conv::attributes() const {
  const ConvOptions& o = options_;
  Attributes attributes{{"inputs", o.inputs},         {"outputs", o.outputs},       {"kernel_h", o.kernel_h},
                        {"kernel_w", o.kernel_w},     {"stride_h", o.stride_h},     {"stride_w", o.stride_w},
                        {"dilation_h", o.dilation_h}, {"dilation_w", o.dilation_w}, {"groups", o.groups},
                        {"bias", int64_t{o.bias}}};
  if (o.linear) attributes.emplace_back("linear", int64_t{1});
  add_padding(attributes, o.padding);
  return attributes;
}

std::vector<ParameterSpec> Conv::parameters() const {
  const ConvOptions& o = options_;
  ParameterSpec weight{
      "weight", {o.outputs, o.inputs / o.groups, o.kernel_h, o.kernel_w}, ParameterRole::convolution_weight};
  if (o.linear) weight = {"weight", {o.outputs, o.inputs}, ParameterRole::dense_weight};
  std::vector<ParameterSpec> specs{weight};
  if (o.bias) specs.push_back({"bias", {o.outputs}, ParameterRole::bias});
  return specs;
}

ConvProblem Conv::problem(const Shape& x, DType dtype) const {
  const ConvOptions& o = options_;
  const Padding pad = resolve(o.padding, x.h(), x.w(), o.dilation_h * (o.kernel_h - 1) + 1,
                              o.dilation_w * (o.kernel_w - 1) + 1, o.stride_h, o.stride_w);
  return {.n = x.n(),
          .h = x.h(),
          .w = x.w(),
          .c = o.inputs,
          .k = o.outputs,
          .r = o.kernel_h,
          .s = o.kernel_w,
          .stride_h = o.stride_h,
          .stride_w = o.stride_w,
          .pad_top = pad.top,
          .pad_left = pad.left,
          .pad_bottom = pad.bottom,
          .pad_right = pad.right,
          .dilation_h = o.dilation_h,
          .dilation_w = o.dilation_w,
          .groups = o.groups,
          .dtype = dtype,
          .bias = o.bias};
}

Shape Conv::output_shape(std::span<const Shape> inputs) const {
  const Shape& x = inputs[0];
  GRAFT_CHECK(x.rank() == 4 && x.c() == options_.inputs, shape, "a convolution of ", options_.inputs,
              " channels was given ", x);
  const ConvProblem p = problem(x, DType::float32);
  GRAFT_CHECK(p.h + p.pad_top + p.pad_bottom >= p.dilation_h * (p.r - 1) + 1 &&
                  p.w + p.pad_left + p.pad_right >= p.dilation_w * (p.s - 1) + 1,
              shape, "an input of ", x, " is smaller than the ", p.r, "x", p.s, " kernel");
  return {p.n, p.p(), p.q(), p.k};
}

int64_t Conv::macs(std::span<const Shape> inputs) const { return problem(inputs[0], DType::float32).macs(); }

namespace {

ConvWeights weights_of(Lowering& lowering, const Node& node, const Node* norm, bool bias) {
  if (norm) return folded_weights(lowering, node, *norm, Phase::forward);
  return {product_weight(lowering, node), bias ? lowering.parameter(node, "bias") : no_value,
          lowering.is_constant(node, "weight")};
}

}  // namespace

void Conv::forward(Lowering& lowering, LayerCall& call) const {
  using Args = ConvForward::Args;
  const Fusion fusion = fusion_of(call);
  const ConvWeights weights = weights_of(lowering, *call.node, fusion.batch_norm, options_.bias);
  // A filter of one pixel has no sum to keep.
  if (weights.constant && !options_.linear) keep_filter_sums(lowering.plan.value(weights.weight));
  ConvProblem p = problem(lowering.shape(call.inputs[0]), lowering.dtype);
  p.math = lowering.math;
  p.bias = weights.bias != no_value;
  p.residual = fusion.residual_input >= 0;
  p.activation = fusion.activation;
  p.constant_weights = weights.constant;
  const ValueId residual = p.residual ? call.inputs[fusion.residual_input] : no_value;
  auto& step = lowering.plan.emit<ConvForward>(call.node->name, Phase::forward, p,
                                               {{&Args::x, call.inputs[0], Access::read},
                                                {&Args::w, weights.weight, Access::read},
                                                {&Args::bias, weights.bias, Access::read},
                                                {&Args::residual, residual, Access::read},
                                                {&Args::y, call.output, Access::write}});
  if (p.residual && residual != call.inputs[0]) step.may_share(residual, call.output);
  call.saved = {weights.weight};
}

void Conv::backward(Lowering& lowering, LayerCall& call) const {
  const Node& node = *call.node;
  const Fusion fusion = fusion_of(call);
  const ValueId dbias = fusion.batch_norm ? folded_bias_gradient(lowering, node, *fusion.batch_norm)
                        : options_.bias   ? lowering.gradient(node, "bias")
                                          : no_value;
  const ValueId dy = gradient_before_activation(lowering, call, fusion.activation, dbias);
  const ValueId x = call.inputs[0];
  ConvProblem p = problem(lowering.shape(x), lowering.dtype);
  p.math = lowering.math;
  p.constant_weights = lowering.is_constant(node, "weight");
  p.bias = dbias != no_value && fusion.activation == Activation::none;
  if (fusion.residual_input >= 0) call.input_gradients[fusion.residual_input] = dy;
  if (!p.constant_weights) {
    using Args = ConvBackwardWeights::Args;
    lowering.plan.emit<ConvBackwardWeights>(node.name, Phase::backward, p,
                                            {{&Args::x, x, Access::read},
                                             {&Args::dy, dy, Access::read},
                                             {&Args::dw, lowering.gradient(node, "weight"), Access::write},
                                             {&Args::dbias, p.bias ? dbias : no_value, Access::write}});
    if (fusion.batch_norm) emit_fold_backward(lowering, node, *fusion.batch_norm);
  }
  if (call.wants_input_gradient[0]) {
    using Args = ConvBackwardData::Args;
    call.input_gradients[0] = lowering.activation(value_name(call, "input gradient"), lowering.shape(x));
    const ValueId weight = fusion.batch_norm && !p.constant_weights
                               ? folded_weights(lowering, node, *fusion.batch_norm, Phase::backward).weight
                               : call.saved[0];
    lowering.plan.emit<ConvBackwardData>(node.name, Phase::backward, p,
                                         {{&Args::dy, dy, Access::read},
                                          {&Args::w, weight, Access::read},
                                          {&Args::dx, call.input_gradients[0], Access::write}});
  }
}

}  // namespace graft
