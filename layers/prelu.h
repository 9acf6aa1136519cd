#pragma once

#include "engine/layer.h"

namespace graft {

// x where positive, else its channel's slope times x; the slopes train (arXiv:1502.01852). Of [N,H,W,C] or
// [N,C].
class Prelu final : public Layer {
 public:
  explicit Prelu(int64_t channels);

  std::string_view type() const override { return "prelu"; }
  Attributes attributes() const override { return {{"channels", channels_}}; }
  std::vector<ParameterSpec> parameters() const override {
    return {{"weight", {channels_}, ParameterRole::slope}};
  }
  Shape output_shape(std::span<const Shape> inputs) const override;
  void forward(Lowering& lowering, LayerCall& call) const override;
  void backward(Lowering& lowering, LayerCall& call) const override;

 private:
  int64_t channels_;
};

}  // namespace graft
