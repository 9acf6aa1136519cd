#include <doctest/doctest.h>

#include <cmath>
#include <numeric>

#include "engine/executor.h"
#include "engine/random.h"
#include "kernels/activation/activation.h"
#include "layers/activation.h"
#include "layers/conv.h"
#include "layers/dense.h"
#include "layers/flatten.h"
#include "layers/lowering/lower.h"
#include "layers/multiply.h"
#include "layers/pool.h"
#include "layers/registry.h"
#include "support/small_network.h"
#include "transfer/training/session.h"

namespace graft {
namespace {

NodeId add_conv(Graph& graph, const char* name, NodeId x, int64_t inputs, int64_t outputs, int64_t kernel) {
  return graph.add(name,
                   std::make_shared<Conv>(ConvOptions{.inputs = inputs,
                                                      .outputs = outputs,
                                                      .kernel_h = kernel,
                                                      .kernel_w = kernel,
                                                      .padding = Padding::all(kernel / 2),
                                                      .bias = true}),
                   {x});
}

NodeId add_activation(Graph& graph, const char* name, NodeId x, Activation kind) {
  return graph.add(name, std::make_shared<ActivationLayer>(kind), {x});
}

// Convolution, squeeze-and-excitation, a product of a map with itself, all the activations that are not
// exact.
Graph gated_network() {
  Graph graph;
  NodeId x = add_conv(graph, "conv1", 0, 3, 6, 3);
  const NodeId map = x = add_activation(graph, "silu1", x, Activation::silu);
  x = graph.add("squeeze", Pool::adaptive_average(1, 1), {x});
  x = add_conv(graph, "reduce", x, 6, 4, 1);
  x = add_activation(graph, "silu2", x, Activation::silu);
  x = add_conv(graph, "expand", x, 4, 6, 1);
  x = add_activation(graph, "gate", x, Activation::sigmoid);
  x = graph.add("excite", std::make_shared<MultiplyLayer>(), {map, x});
  x = add_conv(graph, "conv2", x, 6, 5, 3);
  x = add_activation(graph, "swish", x, Activation::hard_swish);
  const NodeId gate = add_activation(graph, "hard", x, Activation::hard_sigmoid);
  x = graph.add("product", std::make_shared<MultiplyLayer>(), {x, gate});
  x = graph.add("square", std::make_shared<MultiplyLayer>(), {x, x});
  x = graph.add("pool", Pool::adaptive_average(1, 1), {x});
  x = graph.add("flatten", std::make_shared<Flatten>(), {x});
  graph.add("fc", std::make_shared<Dense>(5, 3, true, Shape{}), {x});
  return graph;
}

struct Problem {
  Graph graph = gated_network();
  Weights weights = test::random_weights(graph, 7);
  Shape shape{4, 7, 5, 3};
  std::vector<double> pixels;
  std::vector<int32_t> labels{0, 2, 1, 1};

  Problem() {
    RandomStream random(3, RandomUse::augment);
    for (int64_t i = 0; i < shape.count(); ++i) pixels.push_back(4 * random.uniform() - 2);
  }
  LowerRequest request() const {
    return {.from = {0},
            .shapes = {shape},
            .to = {graph.output()},
            .training = true,
            .loss = LossSettings{},
            .update = {}};
  }
};

int activation_steps(const Plan& plan) {
  int steps = 0;
  for (const auto& step : plan.steps()) steps += step->op() == ActivationForward::name;
  return steps;
}

TEST_CASE("lowering: what needs its input for the gradient is fused only where none is wanted") {
  Problem problem;
  const auto device = open_device("float64");
  const auto steps_of = [&](LowerRequest request) {
    const Parameters parameters(*device, problem.graph, problem.weights, {}, 0, DType::float64);
    request.dtype = DType::float64;
    return activation_steps(*lower(problem.graph, problem.weights, &parameters, request));
  };
  LowerRequest inference = problem.request();
  inference.training = false;
  inference.loss.reset();
  CHECK(steps_of(inference) == 1);          // the one behind an activation
  CHECK(steps_of(problem.request()) == 4);  // two silus and a hard swish as well, the gate is fused
  for (const char* name : {"conv1", "reduce", "expand"})
    problem.graph.set_trainable(problem.graph.find(name), false);
  CHECK(steps_of(problem.request()) == 2);  // the silus are in the frozen part
}

TEST_CASE("gradients: through a network of gates and activations, in double") {
  const Problem problem;
  const auto device = open_device("float64");
  Parameters parameters(*device, problem.graph, problem.weights, {}, 0, DType::float64);
  LowerRequest request = problem.request();
  request.dtype = DType::float64;
  Workspace workspace(*device);
  ExecutorOptions poisoned;
  poisoned.poison = true;
  Executor executor(workspace, lower(problem.graph, problem.weights, &parameters, request), &parameters,
                    nullptr, poisoned);
  executor.write(executor.plan().inputs[0], problem.pixels.data());
  executor.write(executor.plan().labels, problem.labels.data());
  const auto loss = [&] {
    executor.run();
    std::vector<double> losses(problem.labels.size());
    executor.read(executor.plan().losses, losses.data());
    return std::accumulate(losses.begin(), losses.end(), 0.0);
  };
  loss();
  const TensorView arena = parameters.gradients();
  const double* found = arena.as<double>();
  const std::vector<double> gradients(found, found + arena.shape.count());
  double* values = parameters.values().as<double>();
  constexpr double step = 1e-5;
  int compared = 0;
  for (const Parameters::Slice& slice : parameters.trainable())
    for (int64_t i = slice.offset; i < slice.offset + slice.count; i += 3, ++compared) {
      const double value = values[i];
      values[i] = value + step;
      const double up = loss();
      values[i] = value - step;
      const double difference = (up - loss()) / (2 * step);
      values[i] = value;
      CHECK_MESSAGE(std::fabs(difference - gradients[i]) <= 1e-7, slice.name, " ", i, ": ", gradients[i],
                    " but the differences say ", difference);
    }
  CHECK(compared > 150);
}

TEST_CASE("session: a network of gates learns a batch by heart on every device, with the same losses") {
  const Problem problem;
  const std::vector<float> pixels(problem.pixels.begin(), problem.pixels.end());
  std::vector<std::vector<double>> runs;
  for (const char* name : {"float64", "cpu", "emulated"}) {
    const auto device = open_device(name, {.threads = 2});
    Session session(*device, problem.graph, problem.weights, SessionTraining{},
                    [](const Parameters::Slice&) { return SliceSettings{}; });
    runs.emplace_back();
    for (uint64_t step = 0; step < 150; ++step) {
      const float* inputs[] = {pixels.data()};
      StepState state;
      state.step = step;
      state.learning_rate = 0.1;
      runs.back().push_back(session.train({0}, {problem.shape}, inputs, problem.labels, state).loss);
    }
    CHECK(runs.back().back() < 0.5 * runs.back().front());
  }
  for (size_t device = 1; device < runs.size(); ++device)
    for (int step = 0; step < 10; ++step)
      CHECK(runs[device][step] == doctest::Approx(runs[0][step]).epsilon(1e-4));
}

TEST_CASE("registry: the gates and activations are made again from their names") {
  const Graph graph = gated_network();
  for (NodeId id = 1; id < graph.size(); ++id) {
    const Layer& layer = *graph[id].layer;
    CHECK(make_layer(layer.type(), layer.attributes())->type() == layer.type());
  }
}

TEST_CASE("multiply: shapes that do not fit are refused") {
  const MultiplyLayer layer;
  const auto shape_of = [&](const Shape& a, const Shape& b) {
    const Shape inputs[] = {a, b};
    return layer.output_shape(inputs);
  };
  CHECK(shape_of({2, 3, 3, 4}, {2, 1, 1, 4}) == Shape{2, 3, 3, 4});
  for (const Shape& b : {Shape{2, 1, 1, 3}, Shape{1, 1, 1, 4}, Shape{2, 1, 3, 4}, Shape{2, 4}})
    CHECK_THROWS_AS(shape_of({2, 3, 3, 4}, b), Error);
  CHECK_THROWS_AS(shape_of({2, 1, 1, 4}, {2, 3, 3, 4}), Error);
}

}  // namespace
}  // namespace graft
