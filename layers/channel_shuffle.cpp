#include "layers/channel_shuffle.h"

#include "engine/lowering.h"
#include "kernels/channel_shuffle/channel_shuffle.h"
#include "layers/fusion.h"
#include "layers/rows.h"

namespace graft {

ChannelShuffleLayer::ChannelShuffleLayer(int64_t groups) : groups_(groups) {
  GRAFT_CHECK(groups > 0, shape, "a channel shuffle of ", groups, " groups is not possible");
}

Shape ChannelShuffleLayer::output_shape(std::span<const Shape> inputs) const {
  const Shape& x = inputs[0];
  GRAFT_CHECK(x.rank() == 4 && x.c() % groups_ == 0, shape, "a channel shuffle of ", groups_,
              " groups was given ", x);
  return x;
}

namespace {

void emit(Lowering& lowering, const LayerCall& call, Phase phase, int64_t groups, ValueId from, ValueId to) {
  using Args = ChannelShuffle::Args;
  const Shape s = lowering.shape(to);
  lowering.plan.emit<ChannelShuffle>(call.node->name, phase, {rows_of(s), s.c(), groups, lowering.dtype},
                                     {{&Args::x, from, Access::read}, {&Args::y, to, Access::write}});
}

}  // namespace

void ChannelShuffleLayer::forward(Lowering& lowering, LayerCall& call) const {
  emit(lowering, call, Phase::forward, groups_, call.inputs[0], call.output);
}

void ChannelShuffleLayer::backward(Lowering& lowering, LayerCall& call) const {
  const Shape x = lowering.shape(call.inputs[0]);
  call.input_gradients[0] = lowering.activation(value_name(call, "input gradient"), x);
  emit(lowering, call, Phase::backward, x.c() / groups_, call.output_gradient, call.input_gradients[0]);
}

}  // namespace graft
