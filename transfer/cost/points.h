#pragma once

#include <string>
#include <vector>

#include "transfer/model/model_data.h"

namespace graft {

// What the cost of a network is shown for where nobody says: head, last:N and all. Up to five freeze points
// each has its line; of more, the last 1, 2, 4, 8, ... The network's first is left to `all`, which is the
// same.
std::vector<std::string> default_points(const ModelData& model);

// The model with what the point says trainable; Error{call} naming --points where it is no point, or not
// head, last:N or all.
ModelData at_point(const ModelData& model, const std::string& point);

}  // namespace graft
