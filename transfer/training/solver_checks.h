#pragma once

#include <string_view>

#include "transfer/graft.h"
#include "transfer/model/model_data.h"

namespace graft {

// Error{call} naming the option that cannot be where --solver or --head is what it is.
void check_solver(const ModelData& model, const TrainOptions& options);

}  // namespace graft
