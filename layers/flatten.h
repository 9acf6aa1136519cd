#pragma once

#include "engine/layer.h"

namespace graft {

// N,H,W,C seen as [N, H W C]: no data moves. A dense layer behind it that was published for C,H,W order says
// so itself.
class Flatten final : public Layer {
 public:
  std::string_view type() const override { return "flatten"; }
  Attributes attributes() const override { return {}; }
  Shape output_shape(std::span<const Shape> inputs) const override;
  void forward(Lowering& lowering, LayerCall& call) const override;
  void backward(Lowering& lowering, LayerCall& call) const override;
};

}  // namespace graft
