#include "transfer/model/head.h"

#include <cmath>
#include <numbers>
#include <set>

#include "engine/check.h"
#include "engine/random.h"
#include "layers/conv.h"
#include "layers/dense.h"

namespace graft {

namespace {

std::vector<float> normal(int64_t count, double deviation, uint64_t seed, uint32_t stream) {
  RandomStream random(seed, RandomUse::head_init, stream);
  std::vector<float> values(count);
  for (int64_t i = 0; i < count; i += 2) {  // Box and Muller 1958
    const double radius = std::sqrt(-2 * std::log(1 - random.uniform_double())) * deviation;
    const double angle = 2 * std::numbers::pi * random.uniform_double();
    values[i] = static_cast<float>(radius * std::cos(angle));
    if (i + 1 < count) values[i + 1] = static_cast<float>(radius * std::sin(angle));
  }
  return values;
}

LayerPtr with_outputs(const Layer& layer, int64_t outputs) {
  if (const auto* dense = dynamic_cast<const Dense*>(&layer))
    return std::make_shared<Dense>(dense->inputs(), outputs, true, dense->flattened());
  const auto* conv = dynamic_cast<const Conv*>(&layer);
  GRAFT_CHECK(conv, format, "the head is a ", layer.type(),
              "; only a dense layer or a convolution can be exchanged");
  ConvOptions options = conv->options();
  options.outputs = outputs;
  options.bias = true;
  return std::make_shared<Conv>(options);
}

void check_names(const std::vector<std::string>& classes) {
  GRAFT_CHECK(classes.size() >= 2, call, "a head needs at least two classes; ", classes.size(), " given");
  std::set<std::string_view> seen;
  for (const std::string& name : classes)
    GRAFT_CHECK(!name.empty() && seen.insert(name).second, call, "class '", name,
                "' is given twice or has no name");
}

HostTensor fresh(const ParameterSpec& spec, double weight_deviation, uint64_t seed, uint32_t stream) {
  const int64_t count = spec.shape.count();
  if (decays(spec.role)) return HostTensor::from(spec.shape, normal(count, weight_deviation, seed, stream));
  const bool one = spec.role == ParameterRole::scale || spec.role == ParameterRole::running_variance;
  return HostTensor::from(spec.shape, std::vector<float>(count, one ? 1.0f : 0.0f));
}

constexpr double head_deviation = 0.01;

}  // namespace

void swap_head(ModelData& model, const std::vector<std::string>& classes, uint64_t seed) {
  check_names(classes);
  const NodeId head = model.head_node();
  const LayerPtr layer = with_outputs(*model.graph[head].layer, static_cast<int64_t>(classes.size()));
  model.graph.replace(head, layer);
  for (const ParameterSpec& spec : layer->parameters())
    model.weights[parameter_name(model.graph[head], spec)] = fresh(spec, head_deviation, seed, 0);
  model.classes = classes;
}

void initialise_from_scratch(ModelData& model, uint64_t seed) {
  const NodeId head = model.head_node();
  for (NodeId id = 1; id < model.graph.size(); ++id) {
    const Node& node = model.graph[id];
    for (const ParameterSpec& spec : node.layer->parameters()) {
      double deviation = head_deviation;
      if (id != head && decays(spec.role)) {
        const Shape& s = spec.shape;
        const int64_t pixels = s.rank() == 4 ? s[2] * s[3] : 1;
        const auto* conv = dynamic_cast<const Conv*>(node.layer.get());
        deviation = std::sqrt(2.0 / static_cast<double>(s[0] * pixels / (conv ? conv->options().groups : 1)));
      }
      model.weights[parameter_name(node, spec)] = fresh(spec, deviation, seed, static_cast<uint32_t>(id));
    }
  }
}

}  // namespace graft
