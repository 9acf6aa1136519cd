#pragma once

#include "engine/plan.h"

namespace graft {

// Where nobody but a convolution reads what a batch norm on the batch's statistics makes, and the device has
// the two in one: the map between them, and its gradient, are never in memory.
void norms_into_convolutions(Plan& plan, const DeviceProperties& device, const ChoiceOptions& options);

}  // namespace graft
