#pragma once

#include "engine/plan.h"

namespace graft {

// Where the device has cache_bytes: finds stretches of steps that look at one image at a time, and in which
// more traffic with memory is spared than weights, read again in each turn, add to it; divides their
// problems, and gives them a turn's images of what lasts and less memory for what does not. To be done last.
void run_in_turns(Plan& plan, const DeviceProperties& device, const ChoiceOptions& options);

}  // namespace graft
