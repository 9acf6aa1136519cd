#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

#include "engine/memory_plan.h"
#include "networks/network_run.h"
#include "networks/reference_weights.h"
#include "support/op_runner.h"
#include "support/small_network.h"

// For rules that put one step in the place of several: what a plan is with them, and what without.
namespace graft::test {

using PlanRule = void (*)(Plan&, const DeviceProperties&, const ChoiceOptions&);

inline TestNetwork network_of(std::string_view arch) {
  const Architecture& architecture = find_architecture(arch);
  NetworkReference reference;
  reference.input = {3, 3, 64, 64};
  reference.labels = {1, 5, 9};
  reference.statistics = unit_statistics(architecture.build(1000));
  return TestNetwork(architecture, reference);
}

template <PlanRule rule, DeviceKind kind>
std::unique_ptr<Plan> lower_by(const Graph& graph, const Weights& weights, const Parameters* parameters,
                               const LowerRequest& request) {
  auto plan = lower(graph, weights, parameters, request);
  rule(*plan, device_for_tests(kind == DeviceKind::cpu ? "cpu" : "float64").properties(), {});
  return plan;
}

inline int64_t steps(const Choices& choices, std::string_view op) {
  return std::ranges::count_if(choices, [&](const auto& choice) { return choice.first.starts_with(op); });
}

inline double distance(const std::vector<double>& a, const std::vector<double>& b) {
  double difference = 0, norm = 0;
  for (size_t i = 0; i < a.size(); ++i) difference += (a[i] - b[i]) * (a[i] - b[i]), norm += b[i] * b[i];
  return std::sqrt(difference / norm);
}

// How far a whole network's results may be apart, of their norm.
struct Limits {
  double float64, float32;
};

// check(choices with the rule, choices without).
template <PlanRule rule, class Check>
void compare_results(const TestNetwork& network, Pass pass, const Limits& limits, const Check& check) {
  const auto compare = [&](Device& device, decltype(&lower) joined, double limit) {
    const PassResult one = run_pass(device, network, pass, {.choice = {}, .poison = true}, nullptr, joined);
    const PassResult apart = run_pass(device, network, pass, {.choice = {}, .poison = true});
    check(one.implementations, apart.implementations);
    CHECK(distance(one.logits, apart.logits) < limit);
    CHECK(distance(one.gradients, apart.gradients) < limit);
    MESSAGE(device.properties().name, ": logits ", distance(one.logits, apart.logits), ", gradients ",
            distance(one.gradients, apart.gradients), " apart");
  };
  compare(device_for_tests("float64"), lower_by<rule, DeviceKind::float64>, limits.float64);
  compare(device_for_tests("cpu"), lower_by<rule, DeviceKind::cpu>, limits.float32);
}

inline ChoiceOptions reference_of(const std::string& op) {
  ChoiceOptions options;
  options.forced[op] = "reference";
  return options;
}

// Of a graph that takes two images of 16x16x3, as its layers' flags say.
struct Plans {
  std::unique_ptr<Plan> apart, joined;

  static int64_t count(const Plan& plan, std::string_view op) {
    return std::ranges::count(plan.steps(), op, [](const auto& step) { return step->op(); });
  }
  static size_t saved(Plan& plan) {
    share_in_place(plan);
    return plan_memory(plan).saved_bytes;
  }
};

inline Plans plans_of(PlanRule rule, BatchNormMode mode, const Graph& graph,
                      const ChoiceOptions& options = {}, std::vector<NodeId> outputs = {}) {
  Device& device = device_for_tests("cpu");
  const Weights weights = random_weights(graph, 5);
  const Parameters parameters(device, graph, weights, moving_statistics(graph, mode), 0, DType::float32);
  LowerRequest request;
  request.from = {graph.input()};
  request.shapes = {{2, 16, 16, 3}};
  request.to = std::move(outputs);
  request.to.push_back(graph.output());
  request.training = true;
  request.batch_norm = mode;
  request.loss = LossSettings{};
  Plans plans{lower(graph, weights, &parameters, request), lower(graph, weights, &parameters, request)};
  rule(*plans.joined, device.properties(), options);
  return plans;
}

}  // namespace graft::test
