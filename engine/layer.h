#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/parameter_spec.h"
#include "engine/shape.h"

namespace graft {

class Lowering;
struct LayerCall;

using Attribute = std::variant<int64_t, double, std::string>;
using Attributes = std::vector<std::pair<std::string, Attribute>>;

// What a node of the graph computes. A layer knows its sizes, never its name, its weights or its input's
// batch; it is shared and constant.
class Layer {
 public:
  virtual ~Layer() = default;

  virtual std::string_view type() const = 0;
  // All that registry.cpp needs to make the same layer again.
  virtual Attributes attributes() const = 0;

  virtual std::vector<ParameterSpec> parameters() const { return {}; }
  virtual Shape output_shape(std::span<const Shape> inputs) const = 0;
  // Multiply-adds of one forward pass.
  virtual int64_t macs(std::span<const Shape>) const { return 0; }
  // True where training differs from inference though nothing is learned (dropout).
  virtual bool is_random() const { return false; }

  // Adds the steps that compute call.output.
  virtual void forward(Lowering& lowering, LayerCall& call) const = 0;
  // Adds the steps that compute the gradients the call asks for, and assigns call.input_gradients.
  virtual void backward(Lowering& lowering, LayerCall& call) const = 0;
};

using LayerPtr = std::shared_ptr<const Layer>;

}  // namespace graft
