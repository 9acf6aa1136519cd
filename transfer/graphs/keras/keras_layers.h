#pragma once

#include "transfer/graphs/keras/keras_weights.h"
#include "transfer/graphs/tensorflow/tf_net.h"

namespace graft {

// What a layer's function is given; it adds the layer to `net`.
struct KerasBuild {
  TfNet& net;
  KerasWeights& weights;
  const KerasLayer& layer;
  const KerasJson* node;        // of inbound_nodes, or null
  std::vector<TfValue> inputs;  // at least one
  int version;                  // of Keras: 1, 2, 3
  bool keep_map;                // whether what comes out will be needed as [N,1,1,C]

  const TfValue& x() const { return inputs[0]; }
  [[noreturn]] void fail_here(const std::string& what) const { net.fail_at(layer.name, what); }
  // Of those variables that the layer has, named as Keras does; it gives them under our names.
  TfNet::Parameters parameters(const std::vector<std::string_view>& variables);
};

using KerasLayerFunction = TfValue (*)(KerasBuild& build);

// Null for a class that graft has no layer for.
KerasLayerFunction find_keras_layer(std::string_view type);

// Whether a class computes each number from its own place alone, or from a vector, so that a map of one pixel
// and a vector are the same to it.
bool keeps_one_pixel(std::string_view type);

// An activation by the name that configurations use, behind x; `name` is the layer's.
TfValue add_keras_activation(KerasBuild& build, std::string_view name, const TfValue& x,
                             const KerasJson& activation);
// The layers that are activations themselves.
TfValue keras_activation_layer(KerasBuild& build);
TfValue keras_relu(KerasBuild& build);
TfValue keras_leaky_relu(KerasBuild& build);
TfValue keras_prelu(KerasBuild& build);
// Numbers that are applied to pixels: Rescaling, Normalization, and the arithmetic that preprocess_input
// leaves.
TfValue keras_rescaling(KerasBuild& build);
TfValue keras_normalization(KerasBuild& build);
TfValue keras_arithmetic(KerasBuild& build);

}  // namespace graft
