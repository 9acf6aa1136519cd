#pragma once

#include "engine/layer.h"

namespace graft {

// Every pixel's channels are normalised by their own mean and variance, then scaled and shifted by channel;
// the same of [N,C].
class LayerNorm final : public Layer {
 public:
  explicit LayerNorm(int64_t channels, double epsilon = 1e-5);

  std::string_view type() const override { return "layer_norm"; }
  Attributes attributes() const override { return {{"channels", channels_}, {"epsilon", epsilon_}}; }
  std::vector<ParameterSpec> parameters() const override;
  Shape output_shape(std::span<const Shape> inputs) const override;
  void forward(Lowering& lowering, LayerCall& call) const override;
  void backward(Lowering& lowering, LayerCall& call) const override;

 private:
  int64_t channels_;
  double epsilon_;
};

}  // namespace graft
