#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace graft {

// In the largest unit of which there is at least one; with a decimal below 10, but for whole bytes.
struct ScaledBytes {
  double value;
  int decimals;
  std::string_view unit;  // "B", "KiB", "MiB", "GiB", "TiB"
};
ScaledBytes scaled_bytes(size_t bytes);

// For people: "12.3 GiB", "640 MiB", "17 KiB".
std::string bytes_text(size_t bytes);

}  // namespace graft
