#include "layers/dropout.h"

#include "engine/check.h"
#include "engine/lowering.h"
#include "kernels/dropout/dropout.h"
#include "layers/fusion.h"

namespace graft {

DropoutLayer::DropoutLayer(double probability) : probability_(probability) {
  GRAFT_CHECK(probability >= 0 && probability < 1, call, "a dropout probability of ", probability,
              " is not in [0, 1)");
}

namespace {

void emit(Lowering& lowering, const LayerCall& call, Phase phase, double probability, ValueId from,
          ValueId to) {
  const DropoutProblem p{lowering.shape(to).count(), probability, static_cast<uint32_t>(call.result),
                         lowering.dtype};
  lowering.plan
      .emit<Dropout>(call.node->name, phase, p,
                     {{&Dropout::Args::x, from, Access::read}, {&Dropout::Args::y, to, Access::write}})
      .may_share(from, to);
}

}  // namespace

void DropoutLayer::forward(Lowering& lowering, LayerCall& call) const {
  if (call.inference || probability_ == 0)
    lowering.plan.value(call.output).part_of = call.inputs[0];
  else
    emit(lowering, call, Phase::forward, probability_, call.inputs[0], call.output);
}

void DropoutLayer::backward(Lowering& lowering, LayerCall& call) const {
  if (call.inference || probability_ == 0) {
    call.input_gradients[0] = call.output_gradient;
    return;
  }
  call.input_gradients[0] =
      lowering.activation(value_name(call, "input gradient"), lowering.shape(call.inputs[0]));
  emit(lowering, call, Phase::backward, probability_, call.output_gradient, call.input_gradients[0]);
}

}  // namespace graft
