#pragma once

#include "engine/layer.h"

namespace graft {

// Every pixel becomes a square of factor x factor: nearest-neighbour upsampling.
class Upsample final : public Layer {
 public:
  explicit Upsample(int64_t factor);

  std::string_view type() const override { return "upsample"; }
  Attributes attributes() const override { return {{"factor", factor_}}; }
  Shape output_shape(std::span<const Shape> inputs) const override;
  void forward(Lowering& lowering, LayerCall& call) const override;
  void backward(Lowering& lowering, LayerCall& call) const override;

 private:
  int64_t factor_;
};

}  // namespace graft
