#pragma once

#include "engine/layer.h"

namespace graft {

// The channels of `groups` equal groups take turns: of groups of three, a0 a1 a2 b0 b1 b2 becomes
// a0 b0 a1 b1 a2 b2.
class ChannelShuffleLayer final : public Layer {
 public:
  explicit ChannelShuffleLayer(int64_t groups);

  std::string_view type() const override { return "channel_shuffle"; }
  Attributes attributes() const override { return {{"groups", groups_}}; }
  Shape output_shape(std::span<const Shape> inputs) const override;
  void forward(Lowering& lowering, LayerCall& call) const override;
  void backward(Lowering& lowering, LayerCall& call) const override;

 private:
  int64_t groups_;
};

}  // namespace graft
