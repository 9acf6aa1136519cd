#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/value_difference.h"
#include "transfer/inspection/planned_network.h"

namespace graft {

// A network on a device: one of the two that are compared.
struct ComparedSide {
  const ModelData& model;
  DeviceChoice device;
};

// One tensor that a step wrote on both sides.
struct ComparedLayer {
  std::string phase, layer, op, output;
  std::string implementations[2];
  Shape shape;
  ValueDifference difference;
  double bound = 0;  // of difference.nmse; StepComparison says what else counts
  bool within = false;

  std::vector<int64_t> index_of(int64_t element) const;  // of the tensor's element in memory order
};

struct NetworkComparison {
  std::string devices[2];
  std::vector<ComparedLayer> layers;
  const ComparedLayer* first_difference() const;  // null where all are within their bounds
};

// Both networks' plans step by step on one batch, each step on the inputs that the first side computed.
// Error{call} where their plans have different steps.
NetworkComparison compare_networks(const ComparedSide& a, const ComparedSide& b, const PlanChoice& plan,
                                   const InputBatch& batch);

}  // namespace graft
