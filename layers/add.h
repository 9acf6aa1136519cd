#pragma once

#include "engine/layer.h"

namespace graft {

// The sum of two tensors of one shape: a residual connection.
class AddLayer final : public Layer {
 public:
  std::string_view type() const override { return "add"; }
  Attributes attributes() const override { return {}; }
  Shape output_shape(std::span<const Shape> inputs) const override;
  void forward(Lowering& lowering, LayerCall& call) const override;
  void backward(Lowering& lowering, LayerCall& call) const override;
};

}  // namespace graft
