#include "layers/dense.h"

#include "engine/check.h"
#include "engine/lowering.h"
#include "kernels/gemm/dense.h"
#include "layers/cast.h"
#include "layers/fusion.h"

namespace graft {

Dense::Dense(int64_t inputs, int64_t outputs, bool bias, const Shape& flattened)
    : inputs_(inputs), outputs_(outputs), bias_(bias), flattened_(flattened) {
  GRAFT_CHECK(flattened.rank() == 0 || (flattened.rank() == 3 && flattened.count() == inputs), shape,
              "a dense layer of ", inputs, " features cannot follow a map of ", flattened);
  GRAFT_CHECK(inputs > 0 && outputs > 0, shape, "a dense layer of ", inputs, " to ", outputs,
              " features is not possible");
}

Attributes Dense::attributes() const {
  Attributes attributes{{"inputs", inputs_}, {"outputs", outputs_}, {"bias", int64_t{bias_}}};
  if (flattened_.rank() == 3) {
    attributes.emplace_back("flattened_c", flattened_[0]);
    attributes.emplace_back("flattened_h", flattened_[1]);
    attributes.emplace_back("flattened_w", flattened_[2]);
  }
  return attributes;
}

std::vector<ParameterSpec> Dense::parameters() const {
  std::vector<ParameterSpec> specs{{"weight", {outputs_, inputs_}, ParameterRole::dense_weight, flattened_}};
  if (bias_) specs.push_back({"bias", {outputs_}, ParameterRole::bias});
  return specs;
}

Shape Dense::output_shape(std::span<const Shape> inputs) const {
  GRAFT_CHECK(inputs[0].rank() == 2 && inputs[0][1] == inputs_, shape, "a dense layer of ", inputs_,
              " features was given ", inputs[0]);
  return {inputs[0][0], outputs_};
}

int64_t Dense::macs(std::span<const Shape> inputs) const { return inputs[0][0] * inputs_ * outputs_; }

void Dense::forward(Lowering& lowering, LayerCall& call) const {
  using Args = DenseForward::Args;
  const DenseProblem p{.n = lowering.shape(call.inputs[0])[0],
                       .inputs = inputs_,
                       .outputs = outputs_,
                       .dtype = lowering.dtype,
                       .math = lowering.math,
                       .bias = bias_,
                       .activation = fusion_of(call).activation,
                       .constant_weights = lowering.is_constant(*call.node, "weight")};
  call.saved = {product_weight(lowering, *call.node)};
  lowering.plan.emit<DenseForward>(
      call.node->name, Phase::forward, p,
      {{&Args::x, call.inputs[0], Access::read},
       {&Args::w, call.saved[0], Access::read},
       {&Args::bias, bias_ ? lowering.parameter(*call.node, "bias") : no_value, Access::read},
       {&Args::y, call.output, Access::write}});
}

void Dense::backward(Lowering& lowering, LayerCall& call) const {
  const ValueId x = call.inputs[0];
  const ValueId dy = gradient_before_activation(lowering, call, fusion_of(call).activation);
  const DenseProblem p{.n = lowering.shape(x)[0],
                       .inputs = inputs_,
                       .outputs = outputs_,
                       .dtype = lowering.dtype,
                       .math = lowering.math,
                       .bias = bias_,
                       .constant_weights = lowering.is_constant(*call.node, "weight")};
  if (!p.constant_weights) {
    using Args = DenseBackwardWeights::Args;
    lowering.plan.emit<DenseBackwardWeights>(
        call.node->name, Phase::backward, p,
        {{&Args::x, x, Access::read},
         {&Args::dy, dy, Access::read},
         {&Args::dw, lowering.gradient(*call.node, "weight"), Access::write},
         {&Args::dbias, bias_ ? lowering.gradient(*call.node, "bias") : no_value, Access::write}});
  }
  if (call.wants_input_gradient[0]) {
    using Args = DenseBackwardData::Args;
    call.input_gradients[0] = lowering.activation(value_name(call, "input gradient"), lowering.shape(x));
    lowering.plan.emit<DenseBackwardData>(call.node->name, Phase::backward, p,
                                          {{&Args::dy, dy, Access::read},
                                           {&Args::w, call.saved[0], Access::read},
                                           {&Args::dx, call.input_gradients[0], Access::write}});
  }
}

}  // namespace graft
