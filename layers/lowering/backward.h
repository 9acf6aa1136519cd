#pragma once

#include <vector>

#include "engine/lowering.h"

namespace graft {

// Adds the backward steps of the calls in reverse. `needs` says by node whether a gradient must reach its
// output.
void emit_backward(Lowering& lowering, std::vector<LayerCall>& calls, NodeId logits, ValueId logits_gradient,
                   const std::vector<bool>& needs);

}  // namespace graft
