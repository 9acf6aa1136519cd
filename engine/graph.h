#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/layer.h"
#include "engine/weights.h"

namespace graft {

using NodeId = int;

struct Node {
  std::string name;  // the published layer name; parameters are NAME.weight and so on
  LayerPtr layer;    // null for the input
  std::vector<NodeId> inputs;
  bool trainable = true;
};

// A network's layers in an order in which each comes after its inputs. Node 0 is the input, the last node the
// logits.
class Graph {
 public:
  explicit Graph(int64_t input_channels = 3);

  NodeId add(std::string name, LayerPtr layer, std::vector<NodeId> inputs);
  // Exchanges a layer for another of the same inputs: a new head.
  void replace(NodeId node, LayerPtr layer);
  void set_trainable(NodeId node, bool trainable) { nodes_.at(node).trainable = trainable; }

  int size() const { return static_cast<int>(nodes_.size()); }
  const Node& operator[](NodeId id) const { return nodes_.at(id); }
  NodeId input() const { return 0; }
  NodeId output() const { return size() - 1; }
  NodeId find(std::string_view name) const;  // -1 where there is none
  int64_t input_channels() const { return input_channels_; }

  // Output shapes of all nodes for one input; fails naming the layer where sizes do not fit.
  std::vector<Shape> shapes(const Shape& input) const;

 private:
  std::vector<Node> nodes_;
  int64_t input_channels_;
};

std::string parameter_name(const Node& node, const ParameterSpec& spec);

// The nodes whose outputs depend on nothing trainable and on no randomness of training: they run in inference
// form. Dropout counts as random only where no frozen parameter comes after it.
std::vector<bool> frozen_prefix(const Graph& graph);

}  // namespace graft
