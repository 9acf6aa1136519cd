#pragma once

#include <vector>

#include "engine/dtype.h"
#include "engine/graph.h"

namespace graft {

// The outputs of the frozen prefix that the trained part reads: the cut. Empty where nothing is frozen in
// front.
std::vector<NodeId> cut_of(const Graph& graph);

// Of what crosses it, for as many images as `images` has.
std::vector<Shape> shapes_at(const Graph& graph, const std::vector<NodeId>& cut, const Shape& images);

// What crosses the cut for one view of one image, as it is kept: one tensor behind the other.
struct FeatureLayout {
  std::vector<NodeId> cut;
  std::vector<Shape> shapes;  // of one image, n = 1
  DType dtype = DType::float32;

  int64_t count() const;  // elements of all tensors
  std::vector<Shape> shapes_of(int64_t images) const;
  size_t bytes() const { return static_cast<size_t>(count()) * size_of(dtype); }
};

}  // namespace graft
