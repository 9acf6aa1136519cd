#pragma once

#include "engine/layer.h"
#include "kernels/pool/pool.h"
#include "layers/conv.h"

namespace graft {

struct PoolOptions {
  PoolKind kind = PoolKind::max;
  int64_t kernel_h = 0, kernel_w = 0;
  int64_t stride_h = 1, stride_w = 1;
  Padding padding;
  bool ceil_mode = false;  // PyTorch's rule: the last window must start inside the input or its left padding
  bool count_padding = false;  // average: padding counts in the divisor
};

class Pool final : public Layer {
 public:
  explicit Pool(const PoolOptions& options);
  // Average over windows that divide the input into p x q; 1 x 1 is global average pooling.
  static std::shared_ptr<const Pool> adaptive_average(int64_t p, int64_t q);

  std::string_view type() const override;
  Attributes attributes() const override;
  Shape output_shape(std::span<const Shape> inputs) const override;
  void forward(Lowering& lowering, LayerCall& call) const override;
  void backward(Lowering& lowering, LayerCall& call) const override;

 private:
  PoolProblem problem(const Shape& x, DType dtype) const;

  PoolOptions options_;
  int64_t adaptive_p_ = 0, adaptive_q_ = 0;
};

}  // namespace graft
