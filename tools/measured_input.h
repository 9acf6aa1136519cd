#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace graft {

// What a network was compared or timed on.
struct MeasuredInput {
  std::string arch;
  int image_size = 0;
  int64_t batch = 0;
  std::vector<std::string> images;  // none: random pixels
  uint64_t seed = 0;                // of pixels and labels
};

}  // namespace graft
