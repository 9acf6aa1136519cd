#pragma once

#include <string_view>

#include "engine/layer.h"

namespace graft {

// The layer that attributes() of one of that type describes. Throws Error{format} for an unknown type, and
// for attributes that are missing or out of range.
LayerPtr make_layer(std::string_view type, const Attributes& attributes);

}  // namespace graft
