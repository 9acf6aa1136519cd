#include "support/small_network.h"

#include "engine/random.h"
#include "transfer/zoo/builder.h"

namespace graft::test {

Graph small_network(int64_t classes, double dropout) {
  Builder b;
  const Builder::Window same{.padding = Padding::all(1)};
  NodeId x = b.conv("conv1", b.input(), 8, 3, {.stride = 2, .padding = {}});
  x = b.batch_norm("bn1", x);
  const NodeId shortcut = x = b.relu("relu1", x);
  x = b.conv("conv2", x, 8, 3, same);
  x = b.batch_norm("bn2", x);
  x = b.add("add", x, shortcut);
  x = b.activation("relu2", x, Activation::relu6);
  x = b.adaptive_average_pool("pool", x, 1);
  x = b.flatten("flatten", x);
  x = b.dropout("dropout", x, dropout);
  b.dense("fc", x, classes);
  return b.take();
}

Weights random_weights(const Graph& graph, uint64_t seed) {
  Weights weights;
  for (NodeId id = 1; id < graph.size(); ++id) {
    uint32_t part = 0;
    for (const ParameterSpec& spec : graph[id].layer->parameters()) {
      RandomStream random(seed, RandomUse::head_init, static_cast<uint32_t>(id), part++);
      std::vector<float> values(spec.shape.count());
      const bool positive = spec.role == ParameterRole::scale || spec.role == ParameterRole::running_variance;
      for (float& value : values) value = positive ? 0.5f + random.uniform() : random.uniform() - 0.5f;
      weights[parameter_name(graph[id], spec)] = HostTensor::from(spec.shape, std::move(values));
    }
  }
  return weights;
}

}  // namespace graft::test
