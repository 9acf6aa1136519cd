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

std::vector<Shape> shapes_at(const Graph& graph, const std::vector<NodeId>& cut, const Shape& images) {
  const std::vector<Shape> all = graph.shapes(images);
  std::vector<Shape> shapes;
  for (NodeId node : cut) shapes.push_back(all[node]);
  return shapes;
}

int64_t FeatureLayout::count() const {
  int64_t sum = 0;
  for (const Shape& shape : shapes) sum += shape.count();
  return sum;
}

std::vector<Shape> FeatureLayout::shapes_of(int64_t images) const {
  std::vector<Shape> all = shapes;
  for (Shape& shape : all) shape[0] = images;
  return all;
}

}  // namespace graft
