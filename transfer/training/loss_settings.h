#pragma once

#include "transfer/training/recipe.h"

namespace graft {

// The recipe's loss for data with this many images of each class.
LossSettings loss_settings(const Recipe& recipe, const std::vector<int64_t>& class_counts);

}  // namespace graft
