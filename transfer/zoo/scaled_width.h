#pragma once

#include <algorithm>
#include <cstdint>

namespace graft {

// Channels times a width multiplier, as the MobileNets and what followed them have it: the nearest multiple
// of 8, but never less than nine tenths of what was asked.
inline int64_t scaled_width(int64_t channels, double width) {
  const double wanted = static_cast<double>(channels) * width;
  const int64_t rounded = std::max<int64_t>(8, static_cast<int64_t>(wanted + 4) / 8 * 8);
  return static_cast<double>(rounded) < 0.9 * wanted ? rounded + 8 : rounded;
}

}  // namespace graft
