#pragma once

#include "engine/layer.h"
#include "engine/plan.h"
#include "kernels/activation/activation.h"

namespace graft {

class ActivationLayer final : public Layer {
 public:
  // leaky_relu's slope is from 0 to 1.
  explicit ActivationLayer(Activation kind);

  std::string_view type() const override { return name_of(kind_); }
  Attributes attributes() const override;
  Shape output_shape(std::span<const Shape> inputs) const override { return inputs[0]; }
  void forward(Lowering& lowering, LayerCall& call) const override;
  void backward(Lowering& lowering, LayerCall& call) const override;

  Activation kind() const { return kind_; }

 private:
  Activation kind_;
};

// x and y: the activation's own; x may be missing where its gradient does not read it. dbias, which may
// be no_value: dx summed over pixels.
void emit_activation_backward(Lowering& lowering, const std::string& layer, Activation activation, ValueId x,
                              ValueId y, ValueId dy, ValueId dx, ValueId dbias = no_value);

}  // namespace graft
