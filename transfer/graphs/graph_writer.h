#pragma once

#include <set>

#include "transfer/graphs/file_graph.h"

namespace graft {

// Writes a file's network down as our layers, in the file's order: what the readers' op tables are written
// in. It knows every node's shape, so that wrong sizes are found where they stand; each error names the file
// and the node.
class GraphWriter {
 public:
  // The part of the published name behind the layer's ("weight"), and values in the layout of the layer's
  // ParameterSpec: O,I,H,W and O,I.
  struct Parameter {
    std::string name;
    HostTensor values;
  };

  // `input`: 1,H,W,C.
  GraphWriter(std::string file, std::string_view format, const Shape& input);

  NodeId input() const { return 0; }
  // Of one image: N,H,W,C or N,C.
  const Shape& shape(NodeId x) const { return shapes_.at(x); }
  const Graph& graph() const { return graph_; }
  const std::string& file() const { return out_.file; }

  // `name` is the file's; where it is empty, taken or not fit to be printed, the layer gets one like it.
  // Every parameter of the layer must be given, each of its shape; a matrix may stand for a 1x1 convolution.
  NodeId add(std::string_view name, const LayerPtr& layer, std::vector<NodeId> inputs,
             const std::vector<Parameter>& parameters = {});

  // Another layer with the same inputs and output in the place of one: a bias that the file adds later. Only
  // parameters that the old layer lacks are given.
  void replace(NodeId x, const LayerPtr& layer, const std::vector<Parameter>& parameters);

  // Sizes C,H,W of the map that x was flattened from (nothing but layers that keep the order in between):
  // what Dense wants to know where the file's columns are in C,H,W order. Empty where x is no such thing or
  // the map is one pixel.
  Shape flattened_map(NodeId x) const;

  void note(std::string what) { out_.notes.push_back(std::move(what)); }
  // name, preprocessing and classes are filled in by readers.
  FileGraph& description() { return out_; }

  // Leaves out what no output depends on.
  FileGraph finish(const std::vector<NodeId>& outputs) &&;

 private:
  std::string free_name(std::string_view wish, std::string_view type) const;

  FileGraph out_;
  Graph graph_;
  std::vector<Shape> shapes_;
  std::set<std::string, std::less<>> names_;
};

// Values of a tensor whose sizes stand in another order: result[i0,i1,..] has size from.shape[order[k]] at k.
HostTensor permuted(const HostTensor& from, std::initializer_list<int> order);

}  // namespace graft
