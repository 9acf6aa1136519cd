#pragma once

#include "engine/plan.h"

namespace graft {

// Rounds K,R,S,C filters to bfloat16 so that each filter of a channel keeps the sum of its taps: a tap's
// rounding error goes into the next smaller one. Where a picture is smooth a convolution then gives what the
// exact filters would; errors that are each to the nearest add up there, which a depthwise convolution has no
// other channels to cancel.
void round_filters(const float* filters, const Shape& shape, bfloat16* rounded);

// A constant whose filters are rounded like that wherever it is asked for in bfloat16.
void keep_filter_sums(Value& constant);

}  // namespace graft
