#include <doctest/doctest.h>

#include "layers/lowering/lower.h"
#include "support/small_network.h"
#include "transfer/features/cut.h"

namespace graft {
namespace {

std::vector<std::string> names(const Graph& graph, const std::vector<NodeId>& nodes) {
  std::vector<std::string> list;
  for (NodeId id : nodes) list.push_back(graph[id].name);
  return list;
}

TEST_CASE("graph: two layers of one name, or one that reads what comes later, are refused") {
  Graph graph = test::small_network();
  CHECK_THROWS_AS(graph.add("conv1", graph[1].layer, {0}), Error);
  CHECK_THROWS_AS(graph.add("new", graph[1].layer, {99}), Error);
}

TEST_CASE("graph: a size that does not fit names the layer") {
  const Graph graph = test::small_network();
  CHECK_THROWS_WITH_AS(graph.shapes({1, 8, 8, 4}), doctest::Contains("reads N,H,W,3"), Error);
  CHECK_THROWS_WITH_AS(graph.shapes({1, 1, 1, 3}), doctest::Contains("layer 'conv1'"), Error);
}

TEST_CASE("freezing: the cut is what the trained part reads of the frozen one") {
  Graph graph = test::small_network();
  CHECK(cut_of(graph).empty());  // all trains
  for (NodeId id = 1; id < graph.size(); ++id) graph.set_trainable(id, graph[id].name == "fc");
  CHECK(names(graph, cut_of(graph)) ==
        std::vector<std::string>{"flatten"});  // dropout belongs to the trained part
  graph.set_trainable(graph.find("conv2"), true);
  CHECK(names(graph, cut_of(graph)) ==
        std::vector<std::string>{"relu1"});  // read by conv2 and by the residual
}

TEST_CASE("freezing: dropout in front of a frozen layer is off") {
  Graph graph = test::small_network();
  for (NodeId id = 1; id < graph.size(); ++id) graph.set_trainable(id, false);
  const std::vector<bool> prefix = frozen_prefix(graph);
  CHECK(prefix[graph.find("dropout")]);  // fc, behind it, is frozen too
}

int count_steps(const Plan& plan, std::string_view op) {
  int count = 0;
  for (const auto& step : plan.steps()) count += step->op() == op;
  return count;
}

TEST_CASE(
    "lowering: a frozen prefix folds batch norms, fuses additions and activations, and has no backward "
    "pass") {
  Graph graph = test::small_network();
  const Weights weights = test::random_weights(graph, 1);
  for (NodeId id = 1; id < graph.size(); ++id) graph.set_trainable(id, graph[id].name == "fc");
  const auto device = open_device("float64");
  const Parameters parameters(*device, graph, weights, moving_statistics(graph, BatchNormMode::frozen), 1,
                              DType::float64);
  LowerRequest request;
  request.from = {0};
  request.shapes = {{2, 8, 8, 3}};
  request.to = {graph.output()};
  request.training = true;
  request.dtype = DType::float64;
  request.loss = LossSettings{};
  const auto plan = lower(graph, weights, &parameters, request);
  CHECK(count_steps(*plan, "batch_norm_forward") == 0);
  CHECK(count_steps(*plan, "add") == 0);
  CHECK(count_steps(*plan, "activation_forward") == 0);
  CHECK(count_steps(*plan, "conv_backward_data") == 0);
  CHECK(count_steps(*plan, "conv_backward_weights") == 0);
  CHECK(count_steps(*plan, "dense_backward_weights") == 1);
  CHECK(count_steps(*plan, "dense_backward_data") == 0);
  CHECK(parameters.trainable().size() == 2);
}

}  // namespace
}  // namespace graft
