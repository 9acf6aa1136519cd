#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/graph.h"

namespace graft {

// What one more step of `last:N` unfreezes: the layers under any of the prefixes. A prefix covers the layer
// of that name and those behind its dot: "features.1" covers "features.1.conv", not "features.17".
struct FreezePoint {
  std::vector<std::string> prefixes;
  const std::string& name() const { return prefixes.front(); }
};

bool covers(const FreezePoint& point, std::string_view layer);

// What is told of the published weights, and by whom.
struct Published {
  std::optional<double> top1 = {};  // on ImageNet's validation images, a fraction
  std::string_view source = {};
  std::string_view formats = {};  // of the files, with commas
};

// A published network: how to build it, and what its users expect of it.
struct Architecture {
  std::string_view name;
  Graph (*build)(int64_t classes);
  std::string_view head;  // layer name
  // First to last. Each layer with parameters, the head apart, lies in exactly one: the layers before the
  // first block or stage are a point of their own, those behind the last one belong to it.
  std::vector<FreezePoint> (*freeze_points)();
  int image_size;                  // side of the square the published weights were trained on
  std::string_view preprocessing;  // see preprocess.h
  // Layers of published files that only their first training used: classifiers in the network's middle.
  std::span<const std::string_view> auxiliary;
  // What a tensor is called in files of the network's first version; null: the same.
  std::string (*older_name)(const std::string& tensor);
  Published published;
};

// All networks, one line each.
std::span<const Architecture> architectures();

// Throws Error{call} offering the nearest names.
const Architecture& find_architecture(std::string_view name);

}  // namespace graft
