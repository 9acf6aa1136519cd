#include "engine/bytes_text.h"

#include <cstdio>

namespace graft {

ScaledBytes scaled_bytes(size_t bytes) {
  constexpr std::string_view units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  double value = static_cast<double>(bytes);
  int unit = 0;
  for (; value >= 1024 && unit < 4; ++unit) value /= 1024;
  return {value, unit > 0 && value < 10 ? 1 : 0, units[unit]};
}

std::string bytes_text(size_t bytes) {
  const ScaledBytes scaled = scaled_bytes(bytes);
  char number[32];
  std::snprintf(number, sizeof number, "%.*f ", scaled.decimals, scaled.value);
  return number + std::string(scaled.unit == "B" ? "bytes" : scaled.unit);
}

}  // namespace graft
