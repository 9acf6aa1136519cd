#pragma once

#include <vector>

#include "transfer/graphs/keras/keras_json.h"

namespace graft {

// An output of a call: layer, which of its calls, which of its outputs.
struct KerasReference {
  std::string layer;
  int64_t call = 0, output = 0;
};

// All references in one of a layer's inbound_nodes, or in a model's input_layers or output_layers, in order:
// ["name",0,0] as Keras 2 writes them, __keras_tensor__ objects as Keras 3 does.
std::vector<KerasReference> references_in(const KerasJson& node);

// A layer's nodes with references: one for each time it is called.
std::vector<const KerasJson*> calls_of(const KerasJson& layer);

}  // namespace graft
