#include "engine/graph.h"

#include "engine/check.h"

namespace graft {

Graph::Graph(int64_t input_channels) : input_channels_(input_channels) {
  nodes_.push_back({.name = "input", .layer = nullptr, .inputs = {}, .trainable = false});
}

NodeId Graph::add(std::string name, LayerPtr layer, std::vector<NodeId> inputs) {
  GRAFT_CHECK(layer != nullptr, call, "layer '", name, "' is null");
  GRAFT_CHECK(find(name) < 0, call, "two layers are named '", name, "'");
  for (NodeId input : inputs)
    GRAFT_CHECK(input >= 0 && input < size(), call, "layer '", name, "' reads layer ", input,
                ", which does not come before it");
  nodes_.push_back({.name = std::move(name), .layer = std::move(layer), .inputs = std::move(inputs)});
  return size() - 1;
}

void Graph::replace(NodeId node, LayerPtr layer) {
  GRAFT_CHECK(node > 0 && node < size() && layer, call, "there is no layer ", node, " to replace");
  nodes_[node].layer = std::move(layer);
}

NodeId Graph::find(std::string_view name) const {
  for (NodeId id = 0; id < size(); ++id)
    if (nodes_[id].name == name) return id;
  return -1;
}

std::vector<Shape> Graph::shapes(const Shape& input) const {
  GRAFT_CHECK(input.rank() == 4 && input.c() == input_channels_, shape, "the input is ", input,
              "; the network reads N,H,W,", input_channels_);
  std::vector<Shape> shapes{input};
  for (NodeId id = 1; id < size(); ++id) {
    std::vector<Shape> inputs;
    for (NodeId from : nodes_[id].inputs) inputs.push_back(shapes[from]);
    try {
      shapes.push_back(nodes_[id].layer->output_shape(inputs));
    } catch (const Error& error) {
      fail(error.code(), "layer '", nodes_[id].name, "': ", error.what());
    }
  }
  return shapes;
}

std::string parameter_name(const Node& node, const ParameterSpec& spec) {
  return node.name + "." + spec.name;
}

std::vector<bool> frozen_prefix(const Graph& graph) {
  // Whether a frozen parameter comes after the node.
  std::vector<bool> before_frozen(graph.size(), false);
  for (NodeId id = graph.size() - 1; id > 0; --id) {
    const Node& node = graph[id];
    const bool frozen = !node.trainable && !node.layer->parameters().empty();
    for (NodeId input : node.inputs)
      if (frozen || before_frozen[id]) before_frozen[input] = true;
  }
  std::vector<bool> prefix(graph.size(), true);
  for (NodeId id = 1; id < graph.size(); ++id) {
    const Node& node = graph[id];
    const bool learns = node.trainable && !node.layer->parameters().empty();
    bool inside = !learns && !(node.layer->is_random() && !before_frozen[id]);
    for (NodeId input : node.inputs) inside = inside && prefix[input];
    prefix[id] = inside;
  }
  return prefix;
}

}  // namespace graft
