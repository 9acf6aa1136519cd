#pragma once

#include "engine/layer.h"

namespace graft {

// Inputs of equal n, h, w side by side in the channels; or of equal n, [N,C].
class Concat final : public Layer {
 public:
  std::string_view type() const override { return "concat"; }
  Attributes attributes() const override { return {}; }
  Shape output_shape(std::span<const Shape> inputs) const override;
  void forward(Lowering& lowering, LayerCall& call) const override;
  void backward(Lowering& lowering, LayerCall& call) const override;
};

}  // namespace graft
