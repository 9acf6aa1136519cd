#pragma once

#include <string>

#include "transfer/inspection/comparison.h"

namespace graft {

// A row for each tensor: how far the sides are apart, and the bound.
std::string check_text(const NetworkComparison& comparison);
// The places where they are furthest apart, with both values.
std::string worst_places_text(const NetworkComparison& comparison);
// A row for each tensor: how many of its elements differ by how much.
std::string histogram_text(const NetworkComparison& comparison);
// The first that is beyond its bound, or that none is.
std::string verdict_text(const NetworkComparison& comparison);

}  // namespace graft
