#pragma once

#include <string>
#include <vector>

#include "engine/graph.h"
#include "engine/weights.h"

namespace graft {

// A network as a file describes it, in our layers: what every reader of a graph gives.
struct FileGraph {
  std::string file;         // its name, for messages
  std::string_view format;  // "ONNX", "Keras", "TensorFlow Lite", "Caffe", "darknet"
  std::string name;         // the network's in the file; empty where it has none
  Graph graph;              // only layers that an output depends on; the last one is an output
  Weights weights;
  std::vector<std::string> outputs;  // layer names; a classifier has one
  int64_t height = 0, width = 0;     // of the input
  std::string preprocessing;         // what preprocess.h parses; empty where the file does not say
  std::string usual_preprocessing;   // what is assumed then
  std::vector<std::string> classes;  // empty where the file has none
  std::vector<std::string> notes;    // what was left out or understood in a way a user should know
};

// The last dense layer or 1x1 convolution, with nothing that has parameters behind it: what a transfer
// exchanges. Empty where the network has several outputs or ends in something else.
std::string head_of(const FileGraph& file);

// One point for each part of the network that a single tensor enters and a single tensor leaves (a layer, a
// residual block); norms and scales belong to the part before them. Every layer with parameters but the head
// is in exactly one, first to last.
std::vector<std::vector<std::string>> freeze_points_of(const Graph& graph, std::string_view head);

}  // namespace graft
