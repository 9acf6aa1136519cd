#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/weights.h"

namespace graft::test {

// Of a parameter's gradient: its L2 norm and its dot product with uniform("grad." + name).
struct GradientSummary {
  double norm, dot;
};

// What PyTorch computes in float64, and how far its own float32 is from that (relative to the largest logit).
struct PassReference {
  std::vector<float> logits;
  double loss = 0, float32_error = 0;
  std::map<std::string, GradientSummary> gradients;
};

struct NetworkReference {
  int64_t parameters = 0, macs = 0, macs_input = 0;
  std::vector<std::pair<std::string, Shape>> names;  // in the published order
  Shape input;                                       // N,C,H,W
  std::vector<int32_t> labels;
  Weights statistics;
  PassReference eval, train;
};

struct TrajectoryReference {
  std::string arch, point, optimizer;
  std::vector<std::string> trainable;  // prefixes of parameter names; "*" for all
  std::vector<double> losses;
  double float32_relative_error = 0;
  bool trains(const std::string& parameter) const;
};

// Looks in tests/data/zoo, then in the shared test data.
std::optional<std::filesystem::path> zoo_file(const std::string& name);

std::optional<NetworkReference> network_reference(const std::string& arch);
std::vector<TrajectoryReference> trajectory_references();  // empty where there is no file

}  // namespace graft::test
