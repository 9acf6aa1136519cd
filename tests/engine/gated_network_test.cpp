#include "engine/whole_network_check.h"
#include "kernels/activation/activation.h"
#include "layers/activation.h"
#include "layers/conv.h"
#include "layers/dense.h"
#include "layers/flatten.h"
#include "layers/multiply.h"
#include "layers/pool.h"
#include "layers/registry.h"

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
  x = add_conv(graph, "conv3", x, 5, 5, 1);
  x = add_activation(graph, "gelu", x, Activation::gelu);
  x = add_conv(graph, "conv4", x, 5, 5, 1);
  x = add_activation(graph, "leaky", x, {Activation::leaky_relu, 0.1f});
  x = graph.add("pool", Pool::adaptive_average(1, 1), {x});
  x = graph.add("flatten", std::make_shared<Flatten>(), {x});
  graph.add("fc", std::make_shared<Dense>(5, 3, true, Shape{}), {x});
  return graph;
}

test::WholeNetwork problem_of_gates() { return {gated_network(), {4, 7, 5, 3}, {0, 2, 1, 1}}; }

int activation_steps(const Plan& plan) {
  int steps = 0;
  for (const auto& step : plan.steps()) steps += step->op() == ActivationForward::name;
  return steps;
}

TEST_CASE("lowering: what needs its input for the gradient is fused only where none is wanted") {
  test::WholeNetwork problem = problem_of_gates();
  const auto device = open_device("float64");
  const auto steps_of = [&](LowerRequest request) {
    const Parameters parameters(*device, problem.graph, problem.weights, {}, 0, DType::float64);
    request.dtype = DType::float64;
    return activation_steps(*lower(problem.graph, problem.weights, &parameters, request));
  };
  LowerRequest inference = problem.request();
  inference.training = false;
  inference.loss.reset();
  CHECK(steps_of(inference) == 2);          // the one behind an activation, and gelu
  CHECK(steps_of(problem.request()) == 5);  // two silus, a hard swish and a gelu as well, the gate is fused
  for (const char* name : {"conv1", "reduce", "expand"})
    problem.graph.set_trainable(problem.graph.find(name), false);
  CHECK(steps_of(problem.request()) == 3);  // the silus are in the frozen part
}

TEST_CASE("gradients: through a network of gates and activations, in double") {
  CHECK(test::check_whole_gradients(problem_of_gates()) > 150);
}

TEST_CASE("session: a network of gates learns a batch by heart on every device, with the same losses") {
  const test::WholeNetwork problem = problem_of_gates();
  std::vector<std::vector<double>> runs;
  for (const char* name : {"float64", "cpu", "emulated"}) {
    runs.push_back(test::learn_by_heart(problem, name, 150, 0.1));
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
  const ActivationLayer leaky({Activation::leaky_relu, 0.1f});
  CHECK(make_layer(leaky.type(), leaky.attributes())->attributes() == leaky.attributes());
  for (const double slope : {-0.1, 1.5, std::nan("")})
    CHECK_THROWS_AS(make_layer("leaky_relu", {{"slope", slope}}), Error);
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
