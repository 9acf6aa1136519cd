#pragma once

#include "engine/layer.h"
#include "kernels/conv/conv.h"

namespace graft {

// How much zero padding a window operation adds around its input.
struct Padding {
  // Fixed: the four counts. Same: TensorFlow's SAME from the actual input size; an odd total puts the extra
  // row and column after.
  bool same = false;
  int64_t top = 0, left = 0, bottom = 0, right = 0;

  static Padding all(int64_t pad) { return {false, pad, pad, pad, pad}; }
  static Padding tensorflow_same() { return {.same = true}; }
};

struct ConvOptions {
  int64_t inputs, outputs;
  int64_t kernel_h, kernel_w;
  int64_t stride_h = 1, stride_w = 1;
  Padding padding;
  int64_t dilation_h = 1, dilation_w = 1;
  int64_t groups = 1;
  bool bias = true;
  bool linear = false;  // of one pixel, its weight published as a dense layer's: [O,I]
};

class Conv final : public Layer {
 public:
  explicit Conv(const ConvOptions& options);

  std::string_view type() const override { return "conv"; }
  Attributes attributes() const override;
  std::vector<ParameterSpec> parameters() const override;
  Shape output_shape(std::span<const Shape> inputs) const override;
  int64_t macs(std::span<const Shape> inputs) const override;
  void forward(Lowering& lowering, LayerCall& call) const override;
  void backward(Lowering& lowering, LayerCall& call) const override;

  const ConvOptions& options() const { return options_; }

 private:
  ConvProblem problem(const Shape& x, DType dtype) const;

  ConvOptions options_;
};

}  // namespace graft
