#pragma once

#include "engine/layer.h"

namespace graft {

struct LocalResponseNormOptions {
  int64_t size = 5;     // neighbouring channels, at most most_response_channels
  double alpha = 1e-4;  // divided by size, as Caffe and PyTorch do
  double beta = 0.75;
  double k = 1;
};

// Across channels (Krizhevsky et al. 2012).
class LocalResponseNorm final : public Layer {
 public:
  explicit LocalResponseNorm(const LocalResponseNormOptions& options);

  std::string_view type() const override { return "local_response_norm"; }
  Attributes attributes() const override;
  Shape output_shape(std::span<const Shape> inputs) const override;
  void forward(Lowering& lowering, LayerCall& call) const override;
  void backward(Lowering& lowering, LayerCall& call) const override;

 private:
  LocalResponseNormOptions options_;
};

}  // namespace graft
