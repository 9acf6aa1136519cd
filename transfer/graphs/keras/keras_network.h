#pragma once

#include <string>
#include <vector>

#include "engine/shape.h"
#include "transfer/graphs/keras/keras_json.h"

namespace graft {

// A layer of a Keras model, wherever it is nested. The configuration is a part of the model's.
struct KerasLayer {
  std::string type;  // class_name: "Conv2D"
  std::string name;
  const KerasJson* config = nullptr;
  std::string group;  // the outermost layer it is in: its place in model_weights
  std::string path;   // its place in a model.weights.h5: "layers/functional/layers/conv2d_1"
};

// A layer at work: once for each time it is called.
struct KerasCall {
  size_t layer;
  std::vector<size_t> inputs;       // calls
  const KerasJson* node = nullptr;  // of inbound_nodes; null in a Sequential
};

struct KerasNetwork {
  std::string name;
  Shape input;  // 1,H,W,C; 224x224 where the model takes any size
  bool any_size = false;
  std::vector<KerasLayer> layers;
  std::vector<KerasCall> calls;  // each behind its inputs; the first is the input
  std::vector<size_t> outputs;   // calls
};

// Functional and Sequential models of Keras 2 and 3, with the models nested in them laid flat. The model must
// outlive the result. Error{format} for what is none; JSON's own exceptions where a value is of a wrong kind.
KerasNetwork read_keras_network(const std::string& where, const KerasJson& model);

}  // namespace graft
