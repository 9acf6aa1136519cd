#pragma once

#include "engine/layer.h"

namespace graft {

struct BatchNormOptions {
  int64_t channels;
  double epsilon = 1e-5;
  double momentum = 0.1;  // of the batch in the running statistics
};

class BatchNorm final : public Layer {
 public:
  explicit BatchNorm(const BatchNormOptions& options);

  std::string_view type() const override { return "batch_norm"; }
  Attributes attributes() const override;
  std::vector<ParameterSpec> parameters() const override;
  Shape output_shape(std::span<const Shape> inputs) const override;
  void forward(Lowering& lowering, LayerCall& call) const override;
  void backward(Lowering& lowering, LayerCall& call) const override;

  const BatchNormOptions& options() const { return options_; }

 private:
  BatchNormOptions options_;
};

}  // namespace graft
