#include "transfer/graphs/file_graph.h"

#include <algorithm>

#include "layers/conv.h"
#include "layers/dense.h"

namespace graft {

namespace {

bool is_head(const Layer& layer) {
  if (dynamic_cast<const Dense*>(&layer)) return true;
  const auto* conv = dynamic_cast<const Conv*>(&layer);
  return conv && conv->options().kernel_h == 1 && conv->options().kernel_w == 1 &&
         conv->options().groups == 1;
}

// By node: the last node that reads it; the node count where nothing does.
std::vector<NodeId> last_readers(const Graph& graph) {
  std::vector<NodeId> last(graph.size(), -1);
  for (NodeId id = 1; id < graph.size(); ++id)
    for (NodeId input : graph[id].inputs) last[input] = id;
  for (NodeId& reader : last)
    if (reader < 0) reader = graph.size();
  return last;
}

// Whether nothing but node `id` is read by the nodes behind it.
std::vector<bool> single_tensor_cuts(const Graph& graph) {
  const std::vector<NodeId> last = last_readers(graph);
  std::vector<bool> cuts(graph.size());
  NodeId furthest = 0;  // the last reader of all nodes before id
  for (NodeId id = 0; id < graph.size(); ++id) {
    cuts[id] = furthest <= id;
    furthest = std::max(furthest, last[id]);
  }
  return cuts;
}

bool has_weights(const Layer& layer) {
  const std::vector<ParameterSpec> specs = layer.parameters();
  return std::any_of(specs.begin(), specs.end(), [](const ParameterSpec& spec) { return decays(spec.role); });
}

}  // namespace

std::string head_of(const FileGraph& file) {
  if (file.outputs.size() != 1) return {};
  NodeId id = file.graph.output();
  while (id > 0 && file.graph[id].layer->parameters().empty() && file.graph[id].inputs.size() == 1)
    id = file.graph[id].inputs[0];
  return id > 0 && is_head(*file.graph[id].layer) ? file.graph[id].name : std::string();
}

std::vector<std::vector<std::string>> freeze_points_of(const Graph& graph, std::string_view head) {
  const std::vector<bool> cuts = single_tensor_cuts(graph);
  std::vector<std::vector<std::string>> points;
  std::vector<std::string> part;
  bool weighty = false;
  const auto close = [&] {
    if (part.empty()) return;
    if (weighty || points.empty())
      points.push_back(std::move(part));
    else
      points.back().insert(points.back().end(), part.begin(), part.end());
    part.clear();
    weighty = false;
  };
  for (NodeId id = 1; id < graph.size(); ++id) {
    const Node& node = graph[id];
    if (!node.layer->parameters().empty() && node.name != head) {
      part.push_back(node.name);
      weighty = weighty || has_weights(*node.layer);
    }
    if (cuts[id]) close();
  }
  close();
  return points;
}

}  // namespace graft
