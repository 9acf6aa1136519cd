#pragma once

#include "engine/layer.h"

namespace graft {

// The product of two tensors of one shape, or of [N,H,W,C] and one factor a channel [N,1,1,C]:
// squeeze-and-excitation.
class MultiplyLayer final : public Layer {
 public:
  std::string_view type() const override { return "multiply"; }
  Attributes attributes() const override { return {}; }
  Shape output_shape(std::span<const Shape> inputs) const override;
  void forward(Lowering& lowering, LayerCall& call) const override;
  void backward(Lowering& lowering, LayerCall& call) const override;
};

}  // namespace graft
