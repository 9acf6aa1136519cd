#pragma once

#include "engine/plan.h"

namespace graft {

// Of a plan in bfloat16, where the device serves it: two roundings cost more accuracy than all others, and
// float32 in their place next to no time. Depthwise filters, and what the first convolution gives a depthwise
// one: a depthwise convolution has no other channels in whose sum such errors cancel.
void keep_float32(Plan& plan, const DeviceProperties& device, const ChoiceOptions& options);

}  // namespace graft
