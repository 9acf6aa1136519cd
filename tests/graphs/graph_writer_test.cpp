#include "transfer/graphs/graph_writer.h"

#include <doctest/doctest.h>

#include <numeric>

#include "engine/error.h"
#include "graphs/graph_run.h"
#include "layers/activation.h"
#include "layers/add.h"
#include "layers/batch_norm.h"
#include "layers/conv.h"
#include "layers/dense.h"
#include "layers/flatten.h"
#include "layers/pool.h"
#include "transfer/model/graph_import.h"

namespace graft {
namespace {

HostTensor filled(const Shape& shape) {
  std::vector<float> values(static_cast<size_t>(shape.count()));
  std::iota(values.begin(), values.end(), 0.0f);
  return HostTensor::from(shape, std::move(values));
}

NodeId add_conv(GraphWriter& net, const char* name, NodeId x, int64_t outputs, int64_t kernel) {
  const int64_t c = net.shape(x).c();
  return net.add(name,
                 std::make_shared<Conv>(ConvOptions{.inputs = c,
                                                    .outputs = outputs,
                                                    .kernel_h = kernel,
                                                    .kernel_w = kernel,
                                                    .padding = Padding::all(kernel / 2),
                                                    .bias = false}),
                 {x}, {{"weight", filled({outputs, c, kernel, kernel})}});
}

NodeId add_norm(GraphWriter& net, const char* name, NodeId x) {
  const Shape c{net.shape(x).c()};
  return net.add(
      name, std::make_shared<BatchNorm>(BatchNormOptions{.channels = c[0]}), {x},
      {{"weight", filled(c)}, {"bias", filled(c)}, {"running_mean", filled(c)}, {"running_var", filled(c)}});
}

LayerPtr relu() { return std::make_shared<ActivationLayer>(Activation::relu); }

// A stem, a residual block, a head of three classes, and a branch that nobody reads.
FileGraph small_network() {
  GraphWriter net("net.onnx", "ONNX", {1, 8, 8, 3});
  NodeId x = add_norm(net, "bn", add_conv(net, "stem", net.input(), 4, 3));
  x = net.add("relu", relu(), {x});
  add_conv(net, "unused", x, 7, 1);
  const NodeId branch =
      add_conv(net, "block.b", net.add("", relu(), {add_conv(net, "block.a", x, 4, 3)}), 4, 3);
  x = net.add("sum", std::make_shared<AddLayer>(), {x, branch});
  x = net.add("pool", Pool::adaptive_average(1, 1), {x});
  x = net.add("flat", std::make_shared<Flatten>(), {x});
  x = net.add("fc", std::make_shared<Dense>(4, 3), {x}, {{"weight", filled({3, 4})}, {"bias", filled({3})}});
  net.description().preprocessing = "keras";
  return std::move(net).finish({x});
}

TEST_CASE("graph files: what no output depends on is left out, head and freeze points are found") {
  const FileGraph file = small_network();
  CHECK(file.graph.find("unused") == -1);
  CHECK_FALSE(file.weights.contains("unused.weight"));
  CHECK(file.outputs == std::vector<std::string>{"fc"});
  CHECK(head_of(file) == "fc");
  const auto points = freeze_points_of(file.graph, "fc");
  REQUIRE(points.size() == 2);
  CHECK(points[0] == std::vector<std::string>{"stem", "bn"});
  CHECK(points[1] == std::vector<std::string>{"block.a", "block.b"});

  ImportReport report;
  const ModelData model = import_graph(small_network(), {}, &report);
  CHECK(model.arch == "net");
  CHECK(model.image_size == 8);
  CHECK(model.preprocessing == "keras");
  CHECK_FALSE(report.preprocessing_assumed);
  CHECK(model.output_count() == 3);
  ImportOptions wrong;
  wrong.arch = "resnet18";
  CHECK_THROWS_AS(import_graph(small_network(), wrong), Error);
  wrong = {};
  wrong.classes = {"a", "b"};
  CHECK_THROWS_AS(import_graph(small_network(), wrong), Error);
}

TEST_CASE("graph files: a network of several outputs has no head") {
  GraphWriter net("two.onnx", "ONNX", {1, 8, 6, 3});
  const NodeId a = add_conv(net, "a", net.input(), 2, 1), b = add_conv(net, "b", net.input(), 4, 1);
  net.description().usual_preprocessing = "torchvision";
  ImportReport report;
  const ModelData model = import_graph(std::move(net).finish({a, b}), {}, &report);
  CHECK(model.head.empty());
  CHECK(model.image_size == 6);
  CHECK(report.preprocessing_assumed);
  CHECK(report.notes.size() == 2);
  CHECK_THROWS_WITH_AS(model.head_node(), doctest::Contains("two has no head"), Error);
}

TEST_CASE("graph files: wrong sizes are found where they stand, with file and layer") {
  GraphWriter net("bad.onnx", "ONNX", {1, 8, 8, 3});
  const auto conv = std::make_shared<Conv>(
      ConvOptions{.inputs = 3, .outputs = 4, .kernel_h = 3, .kernel_w = 3, .padding = {}, .bias = false});
  CHECK_THROWS_WITH_AS(net.add("c", conv, {0}, {{"weight", filled({4, 3, 3, 2})}}),
                       "bad.onnx: conv 'c': its weight is [4,3,3,2] instead of [4,3,3,3]", Error);
  CHECK_THROWS_WITH_AS(net.add("c", conv, {0}), "bad.onnx: conv 'c': has no weight", Error);
}

TEST_CASE("graph files: names are made unique and printable") {
  GraphWriter net("n", "ONNX", {1, 8, 8, 3});
  CHECK(net.graph()[net.add("a", relu(), {0})].name == "a");
  CHECK(net.graph()[net.add("a", relu(), {0})].name == "a_2");
  CHECK(net.graph()[net.add("input", relu(), {0})].name == "input_2");
  CHECK(net.graph()[net.add("", relu(), {0})].name == "relu");
  CHECK(net.graph()[net.add("x\ny", relu(), {0})].name == "x?y");
  CHECK(net.graph()[net.add("\xff", relu(), {0})].name == "relu_2");
}

TEST_CASE("graph files: the map that a matrix's columns were flattened from") {
  GraphWriter net("n", "ONNX", {1, 2, 5, 3});
  const NodeId flat = net.add("f", std::make_shared<Flatten>(), {0});
  CHECK(net.flattened_map(net.add("r", relu(), {flat})) == Shape{3, 2, 5});
  CHECK(net.flattened_map(0) == Shape{});
}

TEST_CASE("graph files: sizes of a tensor are put into another order") {
  const HostTensor from = filled({2, 3, 4});
  const HostTensor to = permuted(from, {2, 0, 1});
  CHECK(to.shape == Shape{4, 2, 3});
  for (int i = 0; i < 4; ++i)
    for (int j = 0; j < 2; ++j)
      for (int k = 0; k < 3; ++k) CHECK(to.data[(i * 2 + j) * 3 + k] == from.data[(j * 3 + k) * 4 + i]);
  CHECK_THROWS_AS(permuted(from, {0, 1}), Error);
}

TEST_CASE("graph files: what is no file of ours is refused with all that is") {
  const std::string message = test::graph_refusal("<html>404</html>");
  CHECK(message.starts_with("sample: is neither a network"));
  for (const char* format : {"Keras", "darknet", "safetensors", ".npz"})
    CHECK(message.find(format) != std::string::npos);
}

}  // namespace
}  // namespace graft
