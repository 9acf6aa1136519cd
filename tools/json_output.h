#pragma once

#include <string>
#include <vector>

#include "transfer/graft.h"

namespace graft {

struct PlanTable;

// One JSON document each, with a line feed behind it. Text that is not UTF-8 is mended, numbers that are not
// finite are null.
struct ImagePrediction {
  std::string image;
  std::vector<Prediction> top;
};
std::string predictions_json(const std::vector<ImagePrediction>& predictions);
std::string evaluation_json(const EvaluateResult& result);
std::string inspection_json(const Model& model, const PlanTable* plan);

}  // namespace graft
