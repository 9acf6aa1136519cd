#include "layers/lowering/backward.h"

#include "kernels/elementwise/elementwise.h"

namespace graft {

namespace {

// Gradients of a tensor that several layers read: one value, or the sum of what each reader gives.
ValueId sum_of(Lowering& lowering, const LayerCall& call, const std::vector<ValueId>& gradients) {
  ValueId sum = gradients.front();
  for (size_t i = 1; i < gradients.size(); ++i) {
    const Shape shape = lowering.shape(sum);
    const ValueId next = lowering.activation(call.node->name + ".gradient sum", shape);
    auto& step = lowering.plan.emit<Add>(call.node->name, Phase::backward,
                                         {shape.count(), Activation::none, lowering.dtype},
                                         {{&Add::Args::a, sum, Access::read},
                                          {&Add::Args::b, gradients[i], Access::read},
                                          {&Add::Args::y, next, Access::write}});
    step.may_share(sum, next);
    step.may_share(gradients[i], next);
    sum = next;
  }
  return sum;
}

}  // namespace

void emit_backward(Lowering& lowering, std::vector<LayerCall>& calls, NodeId logits, ValueId logits_gradient,
                   const std::vector<bool>& needs) {
  std::vector<std::vector<ValueId>> gradients(needs.size());
  if (logits_gradient != no_value) gradients[logits].push_back(logits_gradient);
  for (auto call = calls.rbegin(); call != calls.rend(); ++call) {
    if (!needs[call->result] || gradients[call->result].empty()) continue;
    call->output_gradient = sum_of(lowering, *call, gradients[call->result]);
    call->node->layer->backward(lowering, *call);
    for (size_t i = 0; i < call->sources.size(); ++i)
      if (call->wants_input_gradient[i]) gradients[call->sources[i]].push_back(call->input_gradients[i]);
  }
}

}  // namespace graft
