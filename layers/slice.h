#pragma once

#include "engine/layer.h"

namespace graft {

// Channels first to first + count - 1 of [N,H,W,C]: one side of a split.
class Slice final : public Layer {
 public:
  Slice(int64_t first, int64_t count);

  std::string_view type() const override { return "slice"; }
  Attributes attributes() const override { return {{"first", first_}, {"count", count_}}; }
  Shape output_shape(std::span<const Shape> inputs) const override;
  void forward(Lowering& lowering, LayerCall& call) const override;
  void backward(Lowering& lowering, LayerCall& call) const override;

 private:
  int64_t first_, count_;
};

}  // namespace graft
