#include "layers/folded_batch_norm.h"

#include <cmath>

#include "kernels/batch_norm_fold/batch_norm_fold.h"
#include "layers/batch_norm.h"
#include "layers/cast.h"

namespace graft {

bool all_constant(const Lowering& lowering, const Node& node) {
  for (const ParameterSpec& spec : node.layer->parameters())
    if (!lowering.is_constant(node, spec.name)) return false;
  return true;
}

namespace {

const BatchNormOptions& options_of(const Node& norm) {
  return static_cast<const BatchNorm&>(*norm.layer).options();
}

bool has_bias(const Node& conv) { return conv.layer->parameters().size() > 1; }

// w' = w g, b' = (b - mean) g + shift, g = scale / sqrt(variance + eps).
struct PublishedBatchNorm {
  HostTensor scale, shift, mean, variance;
  double epsilon;

  PublishedBatchNorm(const Lowering& lowering, const Node& node)
      : scale(lowering.published(node, "weight")),
        shift(lowering.published(node, "bias")),
        mean(lowering.published(node, "running_mean")),
        variance(lowering.published(node, "running_var")),
        epsilon(options_of(node).epsilon) {}

  double gain(int64_t k) const { return scale.data[k] / std::sqrt(double{variance.data[k]} + epsilon); }
};

ConvWeights folded_constants(Lowering& lowering, const Node& conv, const Node& norm) {
  const PublishedBatchNorm folded(lowering, norm);
  const ParameterSpec spec = conv.layer->parameters()[0];
  const HostTensor weight = lowering.published(conv, "weight");
  const int64_t outputs = folded.scale.count(), per_output = weight.count() / outputs;
  const HostTensor bias = has_bias(conv) ? lowering.published(conv, "bias") : HostTensor{};
  return {lowering.constant(conv.name + ".folded weight", packed_shape(spec), lowering.dtype,
                            [=](auto* out) {
                              pack_parameter(spec, weight.data, out);
                              for (int64_t i = 0, n = weight.count(); i < n; ++i)
                                out[i] *= folded.gain(i / per_output);
                            }),
          lowering.constant(conv.name + ".folded bias", {outputs}, lowering.master,
                            [=](auto* out) {
                              for (int64_t k = 0; k < outputs; ++k)
                                out[k] = ((bias.data ? bias.data[k] : 0.0) - folded.mean.data[k]) *
                                             folded.gain(k) +
                                         folded.shift.data[k];
                            }),
          true};
}

BatchNormFoldProblem problem_of(const Lowering& lowering, const Node& conv, const Node& norm) {
  const int64_t outputs = options_of(norm).channels;
  return {.outputs = outputs,
          .per_output = conv.layer->parameters()[0].shape.count() / outputs,
          .epsilon = options_of(norm).epsilon,
          .bias = has_bias(conv),
          .wants_dscale = !lowering.is_constant(norm, "weight"),
          .dtype = lowering.master};
}

ValueId bias_of(Lowering& lowering, const Node& conv) {
  return has_bias(conv) ? lowering.parameter(conv, "bias") : no_value;
}

}  // namespace

ConvWeights folded_weights(Lowering& lowering, const Node& conv, const Node& norm, Phase phase) {
  if (all_constant(lowering, conv) && all_constant(lowering, norm))
    return folded_constants(lowering, conv, norm);
  using Args = BatchNormFoldForward::Args;
  const BatchNormFoldProblem p = problem_of(lowering, conv, norm);
  const ValueId weight = lowering.statistic(conv.name + ".folded weight",
                                            packed_shape(conv.layer->parameters()[0])),
                bias = lowering.statistic(conv.name + ".folded bias", {p.outputs});
  lowering.plan.emit<BatchNormFoldForward>(
      norm.name, phase, p,
      {{&Args::w, lowering.parameter(conv, "weight"), Access::read},
       {&Args::bias, bias_of(lowering, conv), Access::read},
       {&Args::scale, lowering.parameter(norm, "weight"), Access::read},
       {&Args::shift, lowering.parameter(norm, "bias"), Access::read},
       {&Args::mean, lowering.parameter(norm, "running_mean"), Access::read},
       {&Args::variance, lowering.parameter(norm, "running_var"), Access::read},
       {&Args::folded_w, weight, Access::write},
       {&Args::folded_bias, bias, Access::write}});
  if (lowering.dtype == lowering.master) return {weight, bias, false};
  return {emit_cast(lowering.plan, conv.name, phase, weight, lowering.dtype), bias, false};
}

ValueId folded_bias_gradient(Lowering& lowering, const Node& conv, const Node& norm) {
  const ValueId shift = lowering.gradient(norm, "bias");
  return shift != no_value || !has_bias(conv) ? shift : lowering.gradient(conv, "bias");
}

void emit_fold_backward(Lowering& lowering, const Node& conv, const Node& norm) {
  using Args = BatchNormFoldBackward::Args;
  const BatchNormFoldProblem p = problem_of(lowering, conv, norm);
  const auto where_wanted = [&](ValueId id) { return p.wants_dscale ? id : no_value; };
  lowering.plan.emit<BatchNormFoldBackward>(
      norm.name, Phase::backward, p,
      {{&Args::w, where_wanted(lowering.parameter(conv, "weight")), Access::read},
       {&Args::bias, where_wanted(bias_of(lowering, conv)), Access::read},
       {&Args::scale, lowering.parameter(norm, "weight"), Access::read},
       {&Args::mean, where_wanted(lowering.parameter(norm, "running_mean")), Access::read},
       {&Args::variance, lowering.parameter(norm, "running_var"), Access::read},
       {&Args::dfolded_bias, folded_bias_gradient(lowering, conv, norm), Access::read},
       {&Args::dw, lowering.gradient(conv, "weight"), Access::update},
       {&Args::dscale, lowering.gradient(norm, "weight"), Access::write},
       {&Args::dbias, p.bias ? lowering.gradient(conv, "bias") : no_value, Access::write}});
}

}  // namespace graft
