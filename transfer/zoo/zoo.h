#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/graph.h"

namespace graft {

// A published network: how to build it, and what its users expect of it.
struct Architecture {
  std::string_view name;
  Graph (*build)(int64_t classes);
  std::string_view head;  // layer name
  std::vector<std::string> (
      *freeze_points)();  // layer-name prefixes, first to last; the head is not among them
  int image_size;         // side of the square the published weights were trained on
  std::string_view preprocessing = "torchvision";  // see preprocess.h
};

// All networks, one line each.
std::span<const Architecture> architectures();

// Throws Error{call} offering the nearest names.
const Architecture& find_architecture(std::string_view name);

}  // namespace graft
