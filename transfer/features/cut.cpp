#include "transfer/features/cut.h"

#include "layers/lowering/lower.h"

namespace graft {

std::vector<NodeId> cut_of(const Graph& graph) {
  const std::vector<bool> prefix = frozen_prefix(graph);
  std::vector<bool> crosses(graph.size(), false);
  bool computes = false;
  for (NodeId id = 1; id < graph.size(); ++id)
    for (NodeId input : graph[id].inputs)
      if (!prefix[id] && prefix[input]) crosses[input] = true;
  std::vector<NodeId> cut;
  for (NodeId id = 0; id < graph.size(); ++id) {
    if (!crosses[id]) continue;
    cut.push_back(id);
    computes = computes || id != graph.input();
  }
  return computes ? cut : std::vector<NodeId>{};
}

int64_t FeatureLayout::count() const {
  int64_t sum = 0;
  for (const Shape& shape : shapes) sum += shape.count();
  return sum;
}

FeatureLayout layout_of(const Graph& graph, const std::vector<NodeId>& cut, const Shape& image, DType dtype) {
  const std::vector<Shape> all = graph.shapes(image);
  FeatureLayout layout{.cut = cut, .shapes = {}, .dtype = dtype};
  for (NodeId node : cut) layout.shapes.push_back(all[node]);
  return layout;
}

}  // namespace graft
