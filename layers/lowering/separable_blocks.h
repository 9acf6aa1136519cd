#pragma once

#include "engine/plan.h"

namespace graft {

// Puts one step in the place of a frozen convolution, the depthwise one and the one of single pixels behind
// it, where the device has them in one and nobody else reads the maps between.
void join_separable_blocks(Plan& plan, const DeviceProperties& device, const ChoiceOptions& options);

}  // namespace graft
