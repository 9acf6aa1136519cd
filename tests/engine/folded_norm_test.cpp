#include "engine/whole_network_check.h"
#include "layers/activation.h"
#include "layers/batch_norm.h"
#include "layers/conv.h"
#include "layers/dense.h"
#include "layers/flatten.h"
#include "layers/pool.h"

namespace graft {
namespace {

// Convolutions without a bias and with one, of groups and of one pixel; norms with an activation behind them,
// with one that needs its input, and with none.
Graph normed_network() {
  Graph graph;
  NodeId x = 0;
  const auto normed = [&](const std::string& name, ConvOptions options, Activation activation) {
    x = graph.add(name, std::make_shared<Conv>(options), {x});
    x = graph.add(name + ".norm", std::make_shared<BatchNorm>(BatchNormOptions{options.outputs, 1e-3}), {x});
    if (activation != Activation::none)
      x = graph.add(name + ".act", std::make_shared<ActivationLayer>(activation), {x});
  };
  normed("stem", {.inputs = 3, .outputs = 8, .kernel_h = 3, .kernel_w = 3, .bias = false},
         Activation::leaky_relu);
  normed("depthwise",
         {.inputs = 8, .outputs = 8, .kernel_h = 3, .kernel_w = 3, .padding = Padding::all(1), .groups = 8},
         Activation::silu);
  normed("project", {.inputs = 8, .outputs = 5, .kernel_h = 1, .kernel_w = 1}, Activation::none);
  normed("last", {.inputs = 5, .outputs = 6, .kernel_h = 1, .kernel_w = 1, .bias = false}, Activation::relu);
  x = graph.add("pool", Pool::adaptive_average(1, 1), {x});
  x = graph.add("flatten", std::make_shared<Flatten>(), {x});
  graph.add("fc", std::make_shared<Dense>(6, 3), {x});
  return graph;
}

test::WholeNetwork problem(const std::function<bool(const std::string&)>& trains) {
  test::WholeNetwork network(normed_network(), {3, 6, 6, 3}, {0, 2, 1});
  for (NodeId id = 1; id < network.graph.size(); ++id)
    network.graph.set_trainable(id, trains(network.graph[id].name));
  return network;
}

bool is_norm(const std::string& name) { return name.ends_with(".norm"); }

// How many steps of batch norms of their own a training plan has.
int norm_steps(const test::WholeNetwork& network, BatchNormMode mode) {
  const auto device = open_device("float64");
  const std::vector<bool> moving = moving_statistics(network.graph, mode);
  const Parameters parameters(*device, network.graph, network.weights, moving, 0, DType::float64);
  LowerRequest request = network.request();
  request.dtype = DType::float64;
  request.batch_norm = mode;
  const auto plan = lower(network.graph, network.weights, &parameters, request);
  int steps = 0;
  for (const auto& step : plan->steps())
    steps += step->op() == "batch_norm_forward" || step->op() == "batch_norm_backward";
  return steps;
}

TEST_CASE("folded norms: every gradient is that of differences, whichever layers train") {
  CHECK(test::check_whole_gradients(problem([](auto&) { return true; })) > 100);
  CHECK(test::check_whole_gradients(problem([](auto& name) { return !is_norm(name); })) > 90);
  CHECK(test::check_whole_gradients(problem([](auto& name) { return is_norm(name); })) > 10);
  CHECK(test::check_whole_gradients(problem([](auto& name) { return name.starts_with("project"); })) > 10);
  CHECK(test::check_whole_gradients(problem([](auto& name) { return name == "last.norm"; })) > 2);
}

TEST_CASE("folded norms: on running statistics no norm behind a trained convolution has a step of its own") {
  const auto all = problem([](auto&) { return true; });
  CHECK(norm_steps(all, BatchNormMode::frozen) == 0);
  CHECK(norm_steps(all, BatchNormMode::train) == 8);
  CHECK(norm_steps(problem([](auto& name) { return !is_norm(name); }), BatchNormMode::frozen) == 0);
  // A norm that trains behind a filter that does not sums over pixels for itself.
  CHECK(norm_steps(problem([](auto& name) { return is_norm(name); }), BatchNormMode::frozen) == 8);
}

TEST_CASE("folded norms: what is learned by heart is the same on all devices, nearly so in bfloat16") {
  const auto all = problem([](auto&) { return true; });
  const std::vector<double> expected = test::learn_by_heart(all, "float64", 12, 0.05);
  CHECK(expected.back() < expected.front() - 0.05);
  for (const char* name : {"cpu", "emulated"}) {
    const std::vector<double> found = test::learn_by_heart(all, name, 12, 0.05);
    for (size_t i = 0; i < found.size(); ++i) CHECK(std::fabs(found[i] - expected[i]) < 1e-4);
  }
  const std::vector<double> narrow = test::learn_by_heart(all, "emulated", 12, 0.05, Math::bf16);
  CHECK(std::fabs(narrow.back() - expected.back()) < 0.05);
}

}  // namespace
}  // namespace graft
