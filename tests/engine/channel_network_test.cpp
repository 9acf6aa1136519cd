#include "engine/whole_network_check.h"
#include "layers/activation.h"
#include "layers/add.h"
#include "layers/channel_shuffle.h"
#include "layers/concat.h"
#include "layers/conv.h"
#include "layers/dense.h"
#include "layers/flatten.h"
#include "layers/layer_norm.h"
#include "layers/local_response_norm.h"
#include "layers/pool.h"
#include "layers/prelu.h"
#include "layers/registry.h"
#include "layers/scale.h"
#include "layers/slice.h"
#include "layers/upsample.h"

namespace graft {
namespace {

template <class Kind, class... Arguments>
NodeId add(Graph& graph, const char* name, NodeId x, Arguments... arguments) {
  return graph.add(name, std::make_shared<Kind>(arguments...), {x});
}

ConvOptions conv(int64_t inputs, int64_t outputs, int64_t kernel, int64_t dilation = 1) {
  return {.inputs = inputs,
          .outputs = outputs,
          .kernel_h = kernel,
          .kernel_w = kernel,
          .padding = Padding::all(kernel / 2 * dilation),
          .dilation_h = dilation,
          .dilation_w = dilation};
}

// Every layer that works by channel, and a dilated convolution.
Graph channel_network() {
  Graph graph;
  NodeId x = add<Conv>(graph, "conv1", 0, conv(3, 8, 3));
  x = add<Upsample>(graph, "upsample", x, 2);
  x = add<LayerNorm>(graph, "norm1", x, 8, 1e-3);
  const NodeId left = add<Prelu>(graph, "prelu1", add<Slice>(graph, "left", x, 0, 5), 5);
  const NodeId right = add<Slice>(graph, "right", x, 4, 4);
  x = graph.add("concat", std::make_shared<Concat>(), {left, right});
  x = add<ChannelShuffleLayer>(graph, "shuffle", x, 3);
  x = add<Conv>(graph, "conv2", x, conv(9, 6, 3, 2));
  const NodeId shortcut = x =
      add<LocalResponseNorm>(graph, "response", x, LocalResponseNormOptions{4, 0.5, 0.75, 1});
  ConvOptions linear = conv(6, 12, 1);
  linear.linear = true;
  x = add<Conv>(graph, "up", x, linear);
  x = add<ActivationLayer>(graph, "gelu", x, Activation(Activation::gelu));
  std::swap(linear.inputs, linear.outputs);
  x = add<Conv>(graph, "down", x, linear);
  x = add<Scale>(graph, "block", x, 6, Scale::Kind::layer_scale);
  x = graph.add("add", std::make_shared<AddLayer>(), {shortcut, x});
  x = add<Scale>(graph, "scale", x, 6, Scale::Kind::with_bias);
  x = add<Scale>(graph, "plain", x, 6, Scale::Kind::plain);
  x = graph.add("pool", Pool::adaptive_average(1, 1), {x});
  x = add<Flatten>(graph, "flatten", x);
  x = add<LayerNorm>(graph, "norm2", x, 6, 1e-2);
  x = add<Dense>(graph, "fc1", x, 6, 5, true, Shape{});
  x = add<Prelu>(graph, "prelu2", x, 5);
  add<Dense>(graph, "fc2", x, 5, 3, true, Shape{});
  return graph;
}

test::WholeNetwork problem_of_channels() { return {channel_network(), {4, 5, 3, 3}, {0, 2, 1, 1}}; }

TEST_CASE("gradients: through a network of the layers that work by channel, in double") {
  CHECK(test::check_whole_gradients(problem_of_channels()) > 250);
}

TEST_CASE("gradients: the same where some layers are frozen") {
  test::WholeNetwork network = problem_of_channels();
  for (const char* name : {"norm1", "prelu1", "conv2", "down", "block", "scale", "norm2"})
    network.graph.set_trainable(network.graph.find(name), false);
  CHECK(test::check_whole_gradients(network) > 60);
}

TEST_CASE("session: layers that work by channel learn a batch by heart, with the same losses everywhere") {
  const test::WholeNetwork network = problem_of_channels();
  const auto truth = test::learn_by_heart(network, "float64", 100, 0.1);
  CHECK(truth.back() < 0.5 * truth.front());
  for (const char* name : {"cpu", "emulated"}) {
    const auto losses = test::learn_by_heart(network, name, 10, 0.1);
    for (int step = 0; step < 10; ++step) CHECK(losses[step] == doctest::Approx(truth[step]).epsilon(1e-4));
    CHECK(test::learn_by_heart(network, name, 10, 0.1) == losses);
  }
}

TEST_CASE("session: in bfloat16 they learn too, near float32's losses") {
  const test::WholeNetwork network = problem_of_channels();
  const auto truth = test::learn_by_heart(network, "float64", 10, 0.1);
  for (const char* name : {"cpu", "emulated"}) {
    const auto losses = test::learn_by_heart(network, name, 10, 0.1, Math::bf16);
    for (int step = 0; step < 10; ++step) CHECK(losses[step] == doctest::Approx(truth[step]).epsilon(0.05));
    CHECK(losses != test::learn_by_heart(network, name, 10, 0.1));
  }
}

TEST_CASE("registry: layers that work by channel are made again from their attributes") {
  const Graph graph = channel_network();
  for (NodeId id = 1; id < graph.size(); ++id) {
    const Layer& layer = *graph[id].layer;
    const LayerPtr again = make_layer(layer.type(), layer.attributes());
    CHECK(again->type() == layer.type());
    CHECK(again->attributes() == layer.attributes());
    CHECK(again->parameters().size() == layer.parameters().size());
    for (size_t i = 0; i < again->parameters().size(); ++i)
      CHECK(again->parameters()[i].shape == layer.parameters()[i].shape);
  }
}

TEST_CASE("layers by channel: shapes and options that do not fit are refused") {
  const auto shape_of = [](const Layer& layer, const Shape& x) {
    const Shape inputs[] = {x};
    return layer.output_shape(inputs);
  };
  CHECK(shape_of(Slice(2, 3), {2, 3, 3, 5}) == Shape{2, 3, 3, 3});
  CHECK(shape_of(Upsample(3), {2, 3, 4, 5}) == Shape{2, 9, 12, 5});
  CHECK_THROWS_AS(shape_of(Slice(3, 3), {2, 3, 3, 5}), Error);
  CHECK_THROWS_AS(shape_of(Slice(int64_t{1} << 31, int64_t{1} << 31), {2, 3, 3, 5}), Error);
  CHECK_THROWS_AS(shape_of(ChannelShuffleLayer(3), {2, 3, 3, 5}), Error);
  CHECK_THROWS_AS(shape_of(LayerNorm(4), {2, 3, 3, 5}), Error);
  CHECK_THROWS_AS(shape_of(Prelu(4), {2, 5}), Error);
  CHECK_THROWS_AS(shape_of(Upsample(2), {2, 5}), Error);
  CHECK_THROWS_AS(Upsample(1000), Error);
  CHECK_THROWS_AS(ChannelShuffleLayer(0), Error);
  CHECK_THROWS_AS(LocalResponseNorm({.size = 33}), Error);
  CHECK_THROWS_AS(LayerNorm(4, 0), Error);
  ConvOptions linear = conv(3, 4, 3);
  linear.linear = true;
  CHECK_THROWS_AS(Conv{linear}, Error);
}

}  // namespace
}  // namespace graft
