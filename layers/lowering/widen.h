#pragma once

#include "engine/plan.h"

namespace graft {

// The same constant in float32, from what the narrow one would have been rounded from.
ValueId wide_constant(Plan& plan, ValueId constant);

// What the device does not serve in bfloat16 is computed in float32, between casts: the first convolution of
// a network with its three channels, say.
void widen_unserved(Plan& plan, const DeviceProperties& device, const ChoiceOptions& options);

}  // namespace graft
