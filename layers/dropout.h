#pragma once

#include "engine/layer.h"

namespace graft {

// Srivastava et al. 2014, inverted: what is kept is divided by 1 - probability while training; inference does
// nothing.
class DropoutLayer final : public Layer {
 public:
  explicit DropoutLayer(double probability);

  std::string_view type() const override { return "dropout"; }
  Attributes attributes() const override { return {{"probability", probability_}}; }
  Shape output_shape(std::span<const Shape> inputs) const override { return inputs[0]; }
  bool is_random() const override { return probability_ > 0; }
  void forward(Lowering& lowering, LayerCall& call) const override;
  void backward(Lowering& lowering, LayerCall& call) const override;

 private:
  double probability_;
};

}  // namespace graft
