#pragma once

#include "engine/layer.h"

namespace graft {

// A fully connected layer on [n, inputs].
class Dense final : public Layer {
 public:
  // `flattened` are the sizes C,H,W of the map that the input was flattened from, where the published columns
  // are in that order.
  Dense(int64_t inputs, int64_t outputs, bool bias = true, const Shape& flattened = {});

  std::string_view type() const override { return "dense"; }
  Attributes attributes() const override;
  std::vector<ParameterSpec> parameters() const override;
  Shape output_shape(std::span<const Shape> inputs) const override;
  int64_t macs(std::span<const Shape> inputs) const override;
  void forward(Lowering& lowering, LayerCall& call) const override;
  void backward(Lowering& lowering, LayerCall& call) const override;

  int64_t inputs() const { return inputs_; }
  int64_t outputs() const { return outputs_; }
  const Shape& flattened() const { return flattened_; }

 private:
  int64_t inputs_, outputs_;
  bool bias_;
  Shape flattened_;
};

}  // namespace graft
