#include "layers/local_response_norm.h"

#include "engine/lowering.h"
#include "kernels/local_response_norm/local_response_norm.h"
#include "layers/fusion.h"
#include "layers/rows.h"

namespace graft {

LocalResponseNorm::LocalResponseNorm(const LocalResponseNormOptions& options) : options_(options) {
  const LocalResponseNormOptions& o = options;
  GRAFT_CHECK(o.size > 0 && o.size <= most_response_channels && o.alpha >= 0 && o.beta >= 0 && o.k > 0, shape,
              "local response norm over ", o.size, " channels (1 to ", most_response_channels, "), alpha ",
              o.alpha, ", beta ", o.beta, ", k ", o.k, " is not possible");
}

Attributes LocalResponseNorm::attributes() const {
  return {{"size", options_.size}, {"alpha", options_.alpha}, {"beta", options_.beta}, {"k", options_.k}};
}

Shape LocalResponseNorm::output_shape(std::span<const Shape> inputs) const {
  GRAFT_CHECK(inputs[0].rank() == 4, shape, "local response norm was given ", inputs[0]);
  return inputs[0];
}

namespace {

LocalResponseNormProblem problem_of(const Lowering& lowering, const LayerCall& call,
                                    const LocalResponseNormOptions& options) {
  const Shape x = lowering.shape(call.inputs[0]);
  return {rows_of(x), x.c(), options.size, options.alpha, options.beta, options.k, lowering.dtype};
}

}  // namespace

void LocalResponseNorm::forward(Lowering& lowering, LayerCall& call) const {
  using Args = LocalResponseNormForward::Args;
  lowering.plan.emit<LocalResponseNormForward>(
      call.node->name, Phase::forward, problem_of(lowering, call, options_),
      {{&Args::x, call.inputs[0], Access::read}, {&Args::y, call.output, Access::write}});
}

void LocalResponseNorm::backward(Lowering& lowering, LayerCall& call) const {
  using Args = LocalResponseNormBackward::Args;
  call.input_gradients[0] =
      lowering.activation(value_name(call, "input gradient"), lowering.shape(call.inputs[0]));
  lowering.plan.emit<LocalResponseNormBackward>(call.node->name, Phase::backward,
                                                problem_of(lowering, call, options_),
                                                {{&Args::x, call.inputs[0], Access::read},
                                                 {&Args::dy, call.output_gradient, Access::read},
                                                 {&Args::dx, call.input_gradients[0], Access::write}});
}

}  // namespace graft
