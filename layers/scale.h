#pragma once

#include "engine/layer.h"

namespace graft {

// y = x scale, one a channel, plus bias where there is one: Caffe's Scale, whose parameters are weight [C]
// and bias [C]; or ConvNeXt's layer scale (arXiv:2201.03545), whose one parameter is layer_scale [C,1,1].
class Scale final : public Layer {
 public:
  enum class Kind : uint8_t { plain, with_bias, layer_scale };

  Scale(int64_t channels, Kind kind);

  std::string_view type() const override { return kind_ == Kind::layer_scale ? "layer_scale" : "scale"; }
  Attributes attributes() const override;
  std::vector<ParameterSpec> parameters() const override;
  Shape output_shape(std::span<const Shape> inputs) const override;
  void forward(Lowering& lowering, LayerCall& call) const override;
  void backward(Lowering& lowering, LayerCall& call) const override;

 private:
  int64_t channels_;
  Kind kind_;
};

}  // namespace graft
