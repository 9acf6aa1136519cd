#pragma once

#include "transfer/data/dataset.h"
#include "transfer/model/model_data.h"
#include "transfer/training/recipe.h"

namespace graft {

// Error{call} saying what to change where the model, the recipe and the data cannot be trained together.
void check_training(const ModelData& model, const Recipe& recipe, const Dataset& train,
                    const Dataset& held_out);

}  // namespace graft
