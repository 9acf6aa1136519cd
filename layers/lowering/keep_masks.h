#pragma once

#include "engine/plan.h"

namespace graft {

// Where the backward pass reads an activation's output for nothing but which side of a kink it is on, keeps
// that side, a byte, in its place: behind the last activation, and in front of a pooling or a concatenation.
void keep_masks(Plan& plan);

}  // namespace graft
