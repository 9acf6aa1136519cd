#pragma once

#include "engine/plan.h"

namespace graft {

// Finds stretches of forward steps that look at one image at a time, and in which more traffic with memory is
// spared than weights, read again in each turn, add to it; divides their problems, and gives them a turn's
// images of what lasts and less memory for what does not. cache_bytes: of DeviceProperties; 0: nothing
// changes. To be done last.
void run_in_turns(Plan& plan, size_t cache_bytes);

}  // namespace graft
