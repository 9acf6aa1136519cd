#pragma once

#include "layers/lowering/lower.h"

namespace graft {

// Adds the loss behind the logits; returns their gradient (no_value unless wanted). Sets the plan's labels
// and losses.
ValueId emit_loss(Lowering& lowering, ValueId logits, const LossSettings& settings, bool wants_gradient);

// Adds clipping and the optimizer over the whole arena of parameters.
void emit_update(Lowering& lowering, const Parameters& parameters, const UpdateSettings& settings);

}  // namespace graft
