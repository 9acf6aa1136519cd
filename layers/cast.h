#pragma once

#include "engine/lowering.h"

namespace graft {

// Adds a step that makes the value in another type.
ValueId emit_cast(Plan& plan, const std::string& layer, Phase phase, ValueId from, DType to);

// The layer's weight as a convolution or a dense layer reads it.
ValueId product_weight(Lowering& lowering, const Node& node);

}  // namespace graft
