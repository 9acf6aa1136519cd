#include "layers/multiply.h"

#include "engine/check.h"
#include "engine/lowering.h"
#include "kernels/elementwise/multiply.h"
#include "layers/fusion.h"

namespace graft {

namespace {

bool is_factor_by_channel(const Shape& b, const Shape& a) {
  return a.rank() == 4 && b == Shape{a.n(), 1, 1, a.c()};
}

MultiplyProblem problem_of(const Lowering& lowering, const LayerCall& call) {
  const Shape &a = lowering.shape(call.inputs[0]), &b = lowering.shape(call.inputs[1]);
  if (a.rank() != 4) return {.n = a[0], .pixels = 1, .c = a.count() / a[0], .dtype = lowering.dtype};
  return {.n = a.n(), .pixels = a.h() * a.w(), .c = a.c(), .broadcast = a != b, .dtype = lowering.dtype};
}

}  // namespace

Shape MultiplyLayer::output_shape(std::span<const Shape> inputs) const {
  GRAFT_CHECK(inputs.size() == 2 && (inputs[0] == inputs[1] || is_factor_by_channel(inputs[1], inputs[0])),
              shape, "a multiplication needs two inputs of one shape, or a second of N,1,1,C; it was given ",
              inputs[0], " and ", inputs.back());
  return inputs[0];
}

void MultiplyLayer::forward(Lowering& lowering, LayerCall& call) const {
  using Args = MultiplyForward::Args;
  const MultiplyProblem p = problem_of(lowering, call);
  auto& step = lowering.plan.emit<MultiplyForward>(call.node->name, Phase::forward, p,
                                                   {{&Args::a, call.inputs[0], Access::read},
                                                    {&Args::b, call.inputs[1], Access::read},
                                                    {&Args::y, call.output, Access::write}});
  step.may_share(call.inputs[0], call.output);
  if (!p.broadcast) step.may_share(call.inputs[1], call.output);
}

void MultiplyLayer::backward(Lowering& lowering, LayerCall& call) const {
  using Args = MultiplyBackward::Args;
  MultiplyProblem p = problem_of(lowering, call);
  p.wants_da = call.wants_input_gradient[0];
  p.wants_db = call.wants_input_gradient[1];
  for (int i : {0, 1})
    if (call.wants_input_gradient[i])
      call.input_gradients[i] =
          lowering.activation(value_name(call, "input gradient"), lowering.shape(call.inputs[i]));
  auto& step =
      lowering.plan.emit<MultiplyBackward>(call.node->name, Phase::backward, p,
                                           {{&Args::a, p.wants_db ? call.inputs[0] : no_value, Access::read},
                                            {&Args::b, p.wants_da ? call.inputs[1] : no_value, Access::read},
                                            {&Args::dy, call.output_gradient, Access::read},
                                            {&Args::da, call.input_gradients[0], Access::write},
                                            {&Args::db, call.input_gradients[1], Access::write}});
  if (p.wants_da) step.may_share(call.output_gradient, call.input_gradients[0]);
}

}  // namespace graft
