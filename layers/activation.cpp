#include "layers/activation.h"

#include "engine/check.h"
#include "engine/lowering.h"
#include "layers/fusion.h"

namespace graft {

namespace {

ActivationProblem problem_of(const Shape& s, Activation activation, DType dtype) {
  if (s.rank() == 4) return {s.n(), s.h(), s.w(), s.c(), activation, dtype};
  return {s[0], 1, 1, s.count() / s[0], activation, dtype};
}

}  // namespace

ActivationLayer::ActivationLayer(Activation kind) : kind_(kind) {
  GRAFT_CHECK(kind.slope >= 0 && kind.slope <= 1, format, name_of(kind), ": a slope of ", kind.slope,
              " is not from 0 to 1");
}

Attributes ActivationLayer::attributes() const {
  if (kind_.kind != Activation::leaky_relu) return {};
  return {{"slope", double{kind_.slope}}};
}

void ActivationLayer::forward(Lowering& lowering, LayerCall& call) const {
  using Args = ActivationForward::Args;
  lowering.plan
      .emit<ActivationForward>(
          call.node->name, Phase::forward, problem_of(lowering.shape(call.output), kind_, lowering.dtype),
          {{&Args::x, call.inputs[0], Access::read}, {&Args::y, call.output, Access::write}})
      .may_share(call.inputs[0], call.output);
}

void ActivationLayer::backward(Lowering& lowering, LayerCall& call) const {
  call.input_gradients[0] =
      lowering.activation(value_name(call, "input gradient"), lowering.shape(call.inputs[0]));
  emit_activation_backward(lowering, call.node->name, kind_, call.inputs[0], call.output,
                           call.output_gradient, call.input_gradients[0]);
}

void emit_activation_backward(Lowering& lowering, const std::string& layer, Activation activation, ValueId x,
                              ValueId y, ValueId dy, ValueId dx, ValueId dbias) {
  using Args = ActivationBackward::Args;
  const bool reads_x = gradient_reads_input(activation);
  GRAFT_CHECK(!reads_x || x != no_value, call, "layer '", layer, "': the gradient of ", name_of(activation),
              " needs its input, which was not kept");
  ActivationProblem p = problem_of(lowering.shape(y), activation, lowering.dtype);
  p.dbias = dbias != no_value;
  lowering.plan
      .emit<ActivationBackward>(layer, Phase::backward, p,
                                {{&Args::x, reads_x ? x : no_value, Access::read},
                                 {&Args::y, reads_x ? no_value : y, Access::read},
                                 {&Args::dy, dy, Access::read},
                                 {&Args::dx, dx, Access::write},
                                 {&Args::dbias, dbias, Access::write}})
      .may_share(dy, dx);
}

}  // namespace graft
