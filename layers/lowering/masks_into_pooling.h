#pragma once

#include "engine/plan.h"

namespace graft {

// Where a mask is kept of a map that is pooled to one pixel, the pooling keeps it, a bit for each element,
// and the gradient of both is one step.
void masks_into_pooling(Plan& plan, const DeviceProperties& device, const ChoiceOptions& options);

}  // namespace graft
