#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/graph.h"
#include "engine/weights.h"
#include "transfer/image/preprocess.h"
#include "transfer/zoo/zoo.h"

namespace graft {

// What a model file holds.
struct ModelData {
  std::string arch;
  Graph graph;
  Weights weights;
  std::string head;                        // layer name; empty where the network is no classifier
  std::vector<FreezePoint> freeze_points;  // first to last
  std::vector<std::string> classes;        // empty where unknown
  std::string preprocessing;               // what preprocess.h parses
  int image_size = 224;

  NodeId head_node() const;  // Error{format} where there is none
  int64_t output_count() const;  // classes that the head tells apart
};

// How the model reads pictures, at its image size.
Preprocessing preprocessing_of(const ModelData& model);

}  // namespace graft
