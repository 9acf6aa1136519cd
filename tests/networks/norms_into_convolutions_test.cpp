#include "layers/lowering/norms_into_convolutions.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "engine/memory_plan.h"
#include "kernels/norm_conv/norm_conv.h"
#include "networks/network_run.h"
#include "networks/reference_weights.h"
#include "support/op_runner.h"
#include "support/small_network.h"
#include "transfer/zoo/builder.h"

namespace graft::test {
namespace {

TestNetwork network_of(std::string_view arch) {
  const Architecture& architecture = find_architecture(arch);
  NetworkReference reference;
  reference.input = {3, 3, 64, 64};
  reference.labels = {1, 5, 9};
  reference.statistics = unit_statistics(architecture.build(1000));
  return TestNetwork(architecture, reference);
}

template <DeviceKind kind>
std::unique_ptr<Plan> lower_joined(const Graph& graph, const Weights& weights, const Parameters* parameters,
                                   const LowerRequest& request) {
  auto plan = lower(graph, weights, parameters, request);
  const Device& device = device_for_tests(kind == DeviceKind::cpu ? "cpu" : "float64");
  norms_into_convolutions(*plan, device.properties(), {});
  return plan;
}

int64_t steps(const Choices& choices, std::string_view op) {
  return std::ranges::count_if(choices, [&](const auto& choice) { return choice.first.starts_with(op); });
}

double distance(const std::vector<double>& a, const std::vector<double>& b) {
  double difference = 0, norm = 0;
  for (size_t i = 0; i < a.size(); ++i) difference += (a[i] - b[i]) * (a[i] - b[i]), norm += b[i] * b[i];
  return std::sqrt(difference / norm);
}

TEST_CASE("norms into convolutions: the same losses and gradients") {
  for (const std::string arch : {"mobilenet_v2", "efficientnet_lite0"}) {
    CAPTURE(arch);
    const TestNetwork network = network_of(arch);
    const auto compare = [&](Device& device, decltype(&lower) joined, double limit) {
      const PassResult one =
          run_pass(device, network, Pass::train, {.choice = {}, .poison = true}, nullptr, joined);
      const PassResult apart = run_pass(device, network, Pass::train, {.choice = {}, .poison = true});
      CHECK(steps(one.implementations, NormConvForward::name) >= 10);
      CHECK(steps(one.implementations, NormConvBackward::name) >= 10);
      CHECK(steps(apart.implementations, NormConvForward::name) == 0);
      CHECK(distance(one.logits, apart.logits) < limit);
      CHECK(distance(one.gradients, apart.gradients) < limit);
      MESSAGE(arch, " on ", device.properties().name, ": logits ", distance(one.logits, apart.logits),
              ", gradients ", distance(one.gradients, apart.gradients), " apart");
    };
    compare(device_for_tests("float64"), lower_joined<DeviceKind::float64>, 1e-10);
    compare(device_for_tests("cpu"), lower_joined<DeviceKind::cpu>, 1e-4);
  }
}

// A plan that trains everything, before and behind.
struct Plans {
  std::unique_ptr<Plan> apart, joined;
};

Plans plans_of(const Graph& graph, const ChoiceOptions& options = {}, std::vector<NodeId> outputs = {}) {
  Device& device = device_for_tests("cpu");
  const Weights weights = random_weights(graph, 5);
  const Parameters parameters(device, graph, weights, moving_statistics(graph, BatchNormMode::train), 0,
                              DType::float32);
  LowerRequest request;
  request.from = {graph.input()};
  request.shapes = {{2, 16, 16, 3}};
  request.to = std::move(outputs);
  request.to.push_back(graph.output());
  request.training = true;
  request.batch_norm = BatchNormMode::train;
  request.loss = LossSettings{};
  Plans plans{lower(graph, weights, &parameters, request), lower(graph, weights, &parameters, request)};
  norms_into_convolutions(*plans.joined, device.properties(), options);
  return plans;
}

int64_t joined(const Plans& plans) {
  const auto count = [](const Plan& plan, std::string_view op) {
    return std::ranges::count(plan.steps(), op, [](const auto& step) { return step->op(); });
  };
  const int64_t forward = count(*plans.joined, NormConvForward::name);
  CHECK(forward == count(*plans.joined, NormConvBackward::name));
  CHECK(plans.joined->steps().size() == plans.apart->steps().size() - static_cast<size_t>(3 * forward));
  return forward;
}

struct Parts {
  int64_t channels = 16, kernel = 3, groups = 16, outputs = 16;
  bool bias = false, pooled = false;
};

Graph small(const Parts& parts, NodeId* between = nullptr) {
  Builder b;
  NodeId x = b.conv("stem", b.input(), parts.channels, 3, {.padding = Padding::all(1)});
  x = b.relu("act", b.batch_norm("norm", x));
  if (between) *between = x;
  NodeId y = b.conv("second", x, parts.outputs, parts.kernel,
                    {.padding = Padding::all(parts.kernel / 2), .groups = parts.groups, .bias = parts.bias});
  if (parts.pooled) y = b.add("sum", y, x);
  y = b.flatten("flatten", b.adaptive_average_pool("pool", y, 1));
  b.dense("head", y, 5);
  return b.take();
}

TEST_CASE("norms into convolutions: only what the device has, and what nobody else reads") {
  CHECK(joined(plans_of(small({}))) == 1);
  CHECK(joined(plans_of(small({.channels = 48, .kernel = 5, .groups = 48, .outputs = 48}))) == 1);
  CHECK(joined(plans_of(small({.channels = 20, .groups = 20, .outputs = 20}))) == 0);
  CHECK(joined(plans_of(small({.groups = 1}))) == 0);
  CHECK(joined(plans_of(small({.kernel = 1, .groups = 1, .outputs = 24}))) == 1);
  CHECK(joined(plans_of(small({.kernel = 1, .groups = 1, .outputs = 64}))) == 0);
  CHECK(joined(plans_of(small({.bias = true}))) == 0);
  CHECK(joined(plans_of(small({.pooled = true}))) == 0);
  NodeId between = 0;
  const Graph graph = small({}, &between);
  CHECK(joined(plans_of(graph, {}, {between})) == 0);
  CHECK(joined(plans_of(graph, {.forced = {{"conv_forward", "reference"}}})) == 0);
  CHECK(joined(plans_of(graph, {.forced = {{"pool_forward", "reference"}}})) == 1);
}

TEST_CASE("norms into convolutions: frozen layers keep their steps") {
  Graph graph = small({});
  const auto freeze = [&](const std::string& name) {
    for (NodeId id = 1; id < graph.size(); ++id)
      if (graph[id].name == name) graph.set_trainable(id, false);
  };
  freeze("stem");  // no gradient in front of the norm
  CHECK(joined(plans_of(graph)) == 1);
  freeze("second");
  CHECK(joined(plans_of(graph)) == 0);
}

TEST_CASE("norms into convolutions: the map between is not kept") {
  const auto saved = [](Plan& plan) {
    share_in_place(plan);
    return plan_memory(plan).saved_bytes;
  };
  const Plans plans = plans_of(small({}));
  const size_t map = size_t{2} * 16 * 16 * 16 * sizeof(float);
  CHECK(saved(*plans.joined) == saved(*plans.apart) - map);
}

}  // namespace
}  // namespace graft::test
