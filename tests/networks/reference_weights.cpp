#include "networks/reference_weights.h"

#include <cmath>

namespace graft::test {

namespace {

uint64_t fnv1a(std::string_view name) {
  uint64_t hash = 0xCBF29CE484222325;
  for (char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3;
  return hash;
}

uint64_t splitmix64(uint64_t z) {
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
  z = (z ^ z >> 27) * 0x94D049BB133111EB;
  return z ^ z >> 31;
}

// value = base + scale * uniform.
struct Filling {
  double base, scale;
};

Filling filling(const ParameterSpec& spec) {
  switch (spec.role) {
    case ParameterRole::convolution_weight:
    case ParameterRole::dense_weight: {
      const double fan_in = static_cast<double>(spec.shape.count() / spec.shape[0]);
      return {0, std::sqrt(6 / fan_in)};
    }
    case ParameterRole::scale: return {1, 0.2};
    case ParameterRole::layer_scale: return {0.5, 0.1};
    default: return {0, 0.1};
  }
}

}  // namespace

std::vector<float> uniform(std::string_view name, int64_t n) {
  std::vector<float> values(n);
  uint64_t z = fnv1a(name);
  for (float& value : values) {
    z += 0x9E3779B97F4A7C15;
    value = static_cast<float>(static_cast<double>(splitmix64(z) >> 40) * 0x1p-23 - 1);
  }
  return values;
}

Weights reference_weights(const Graph& graph, const Weights& statistics) {
  Weights weights = statistics;
  for (NodeId id = 1; id < graph.size(); ++id)
    for (const ParameterSpec& spec : graph[id].layer->parameters()) {
      if (is_statistic(spec.role)) continue;
      const std::string name = parameter_name(graph[id], spec);
      const Filling fill = filling(spec);
      std::vector<float> values = uniform(name, spec.shape.count());
      for (float& value : values) value = static_cast<float>(fill.base + fill.scale * value);
      weights[name] = HostTensor::from(spec.shape, std::move(values));
    }
  return weights;
}

Weights unit_statistics(const Graph& graph) {
  Weights statistics;
  for (NodeId id = 1; id < graph.size(); ++id)
    for (const ParameterSpec& spec : graph[id].layer->parameters())
      if (is_statistic(spec.role))
        statistics[parameter_name(graph[id], spec)] =
            HostTensor::from(spec.shape, std::vector<float>(spec.shape.count(), 1.0f));
  return statistics;
}

}  // namespace graft::test
