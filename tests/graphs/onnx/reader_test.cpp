#include <doctest/doctest.h>

#include <cmath>
#include <numeric>

#include "graphs/onnx/onnx_sample.h"
#include "networks/reference_weights.h"
#include "transfer/model/graph_import.h"

namespace graft::test {
namespace {

using Types = std::vector<std::string>;

TEST_CASE("onnx: arithmetic that is one layer here is read as that layer") {
  OnnxSample net;
  net.floats("three", {}, {3});
  net.floats("six", {}, {6});
  net.floats("zero", {}, {0});
  net.floats("root", {}, {std::sqrt(2.0f)});
  net.floats("one", {}, {1});
  net.floats("half", {}, {0.5f});
  SUBCASE("x sigmoid(x)") {
    net.add("Sigmoid", {"x"}, "s");
    net.add("Mul", {"x", "s"}, "y");
    CHECK(types_of(net.read({"y"}).graph) == Types{"silu"});
  }
  SUBCASE("x clip(x + 3, 0, 6) / 6") {
    net.add("Add", {"x", "three"}, "a");
    net.add("Clip", {"a", "zero", "six"}, "b");
    net.add("Mul", {"x", "b"}, "c");
    net.add("Div", {"c", "six"}, "y");
    CHECK(types_of(net.read({"y"}).graph) == Types{"hard_swish"});
  }
  SUBCASE("x (clip(x + 3, 0, 6) / 6)") {
    net.add("Add", {"x", "three"}, "a");
    net.add("Clip", {"a", "zero", "six"}, "b");
    net.add("Div", {"b", "six"}, "c");
    net.add("Mul", {"c", "x"}, "y");
    CHECK(types_of(net.read({"y"}).graph) == Types{"hard_swish"});
    CHECK(types_of(net.read({"c"}).graph) == Types{"hard_sigmoid"});
  }
  SUBCASE("GELU by Erf, the half in front or behind") {
    net.add("Div", {"x", "root"}, "a");
    net.add("Erf", {"a"}, "b");
    net.add("Add", {"b", "one"}, "c");
    net.add("Mul", {"x", "c"}, "d");
    net.add("Mul", {"d", "half"}, "y");
    net.add("Mul", {"x", "half"}, "e");
    net.add("Mul", {"e", "c"}, "z");
    CHECK(types_of(net.read({"y"}).graph) == Types{"gelu"});
    CHECK(types_of(net.read({"z"}).graph) == Types{"gelu"});
    CHECK(net.refusal({"c"}).find("only understood as a part of GELU") != std::string::npos);
  }
  SUBCASE("channel shuffle") {
    OnnxSample wide({1, 6, 4, 4});
    wide.integers("apart", {1, 3, 2, 4, 4});
    wide.integers("together", {1, -1, 4, 4});
    wide.add("Reshape", {"x", "apart"}, "a");
    wide.add("Transpose", {"a"}, "b", {.integers = {{"perm", {0, 2, 1, 3, 4}}}});
    wide.add("Reshape", {"b", "together"}, "y");
    CHECK(types_of(wide.read({"y"}).graph) == Types{"channel_shuffle"});
  }
}

TEST_CASE("onnx: a bias that the file adds later is the layer's own") {
  OnnxSample net;
  net.random("stem.weight", {4, 3, 3, 3});
  net.random("b", {4, 1, 1});
  net.add("Conv", {"x", "stem.weight"}, "c");
  net.add("Add", {"c", "b"}, "d");
  net.add("GlobalAveragePool", {"d"}, "e");
  net.add("Flatten", {"e"}, "f");
  net.random("m", {4, 5});
  net.random("n", {5});
  net.add("MatMul", {"f", "m"}, "g");
  net.add("Add", {"n", "g"}, "y");
  const FileGraph file = net.read({"y"});
  CHECK(types_of(file.graph) == Types{"conv", "adaptive_average_pool", "flatten", "dense"});
  CHECK(file.weights.contains("stem.bias"));
  CHECK(file.weights.at("g.bias").data[2] == uniform("n", 5)[2]);
  CHECK(head_of(file) == "g");

  const FileGraph both = net.read({"c", "y"});  // the convolution itself is wanted too
  CHECK(types_of(both.graph) == Types{"conv", "scale", "adaptive_average_pool", "flatten", "dense"});
}

TEST_CASE("onnx: a flattened map keeps ONNX's order of columns") {
  OnnxSample net({1, 3, 2, 2});
  std::vector<float> weight(2 * 12, 0.0f);
  weight[1 * 12 + 1 * 4 + 2] = 1;  // the second output is channel 1, row 1, column 0
  net.floats("fc.weight", {2, 12}, weight);
  net.integers("sizes", {0, -1});
  net.add("Reshape", {"x", "sizes"}, "f");
  net.add("Gemm", {"f", "fc.weight"}, "y", {.integers = {{"transB", {1}}}});
  const FileGraph file = net.read({"y"});
  std::vector<float> pixels(12);
  std::iota(pixels.begin(), pixels.end(), 0.0f);
  CHECK(run_graph(file, pixels).at(0) == std::vector<float>{0, 2 * 3 + 1});
}

TEST_CASE("onnx: gates of squeeze and excitation may be dense layers") {
  OnnxSample net({1, 4, 5, 5});
  net.random("fc1.weight", {2, 4});
  net.random("fc2.weight", {4, 2});
  net.integers("axes", {2, 3});
  net.add("ReduceMean", {"x"}, "mean", {.integers = {{"axes", {2, 3}}, {"keepdims", {0}}}});
  net.add("Gemm", {"mean", "fc1.weight"}, "a", {.integers = {{"transB", {1}}}});
  net.add("Relu", {"a"}, "b");
  net.add("Gemm", {"b", "fc2.weight"}, "c", {.integers = {{"transB", {1}}}});
  net.add("Sigmoid", {"c"}, "d");
  net.add("Unsqueeze", {"d", "axes"}, "e");
  net.add("Mul", {"x", "e"}, "y");
  const FileGraph file = net.read({"y"});
  CHECK(types_of(file.graph) ==
        Types{"adaptive_average_pool", "conv", "relu", "conv", "sigmoid", "multiply"});
  CHECK(file.weights.contains("fc2.weight"));
}

TEST_CASE("onnx: shapes that PyTorch's exports compute are folded") {
  OnnxSample net({1, 3, 4, 4}, 11);
  net.add("Shape", {"x"}, "shape");
  net.add("Constant", {}, "axis", {.integers = {{"value_int", {0}}}});
  net.add("Gather", {"shape", "axis"}, "n", {.integers = {{"axis", {0}}}});
  net.add("Unsqueeze", {"n"}, "n1", {.integers = {{"axes", {0}}}, .lists = {"axes"}});
  net.integers("rest", {-1});
  net.add("Concat", {"n1", "rest"}, "sizes", {.integers = {{"axis", {0}}}});
  net.add("Reshape", {"x", "sizes"}, "y");
  CHECK(types_of(net.read({"y"}).graph) == Types{"flatten"});
}

TEST_CASE("onnx: zeros around a map belong to the convolution or pool that reads it") {
  OnnxSample net;
  net.integers("pads", {0, 0, 1, 2, 0, 0, 3, 4});
  net.random("w", {2, 3, 1, 1});
  net.add("Pad", {"x", "pads"}, "p");
  net.add("Conv", {"p", "w"}, "y");
  const FileGraph file = net.read({"y"});
  CHECK(types_of(file.graph) == Types{"conv"});
  CHECK(file.graph.shapes({1, 6, 6, 3})[1] == Shape{1, 10, 12, 2});
  net.add("MaxPool", {"p"}, "m", {.integers = {{"kernel_shape", {2, 2}}}});
  CHECK(net.refusal({"m"}).find("padded with zeros") != std::string::npos);
  net.add("Relu", {"p"}, "r");
  CHECK(net.refusal({"r"}).find("reads a padded map") != std::string::npos);
}

TEST_CASE("onnx: Softmax at the end is left out, inside it is refused; a network may end before it") {
  OnnxSample net;
  net.random("w", {2, 3, 1, 1});
  net.add("Conv", {"x", "w"}, "c");
  net.add("Softmax", {"c"}, "s", {.integers = {{"axis", {1}}}});
  net.add("Relu", {"s"}, "y");
  const FileGraph file = net.read({"s"});
  CHECK(types_of(file.graph) == Types{"conv"});
  REQUIRE(file.notes.size() == 1);
  CHECK(file.notes[0].find("Softmax") != std::string::npos);
  CHECK(net.refusal({"y"}) ==
        "net.onnx: Relu 'y': reads a Softmax, for which graft has no layer; --outputs NAME ends the network "
        "before it, such as --outputs s");
  CHECK(net.read({"y"}, {.graph = {}, .outputs = {"c"}}).outputs == Types{"c"});
}

TEST_CASE("onnx: what cannot be read is one line that names file, operation and a way out") {
  OnnxSample net;
  net.random("w", {2, 3, 1, 1});
  net.add("Conv", {"x", "w"}, "c");
  SUBCASE("an operation without a layer") {
    net.add("NonZero", {"c"}, "z");
    CHECK(net.refusal({"z"}) ==
          "net.onnx: NonZero 'z': graft has no layer for this operation; --outputs NAME ends the network "
          "before "
          "it, such as --outputs c");
  }
  SUBCASE("outputs that are not there") {
    CHECK(net.refusal({"c"}, {.graph = {}, .outputs = {"d"}}).find("--outputs d") != std::string::npos);
    CHECK(net.refusal({"d"}).find("'d'") != std::string::npos);
  }
  SUBCASE("a weight that is computed") {
    net.add("Conv", {"x", "c"}, "y");
    CHECK(net.refusal({"y"}).find("must be a constant") != std::string::npos);
  }
  SUBCASE("values in another file") {
    net.model.mutable_graph()->mutable_initializer(0)->set_data_location(1);
    CHECK(net.refusal({"c"}).find("another file") != std::string::npos);
  }
  SUBCASE("sizes that its values do not have") {
    net.model.mutable_graph()->mutable_initializer(0)->set_dims(0, int64_t{1} << 39);
    CHECK(net.refusal({"c"}).find("tensor 'w'") != std::string::npos);
  }
  SUBCASE("an old opset") {
    net.model.mutable_opset_import(0)->set_version(6);
    CHECK(net.refusal({"c"}).find("opset 6") != std::string::npos);
  }
  SUBCASE("two inputs") {
    *net.model.mutable_graph()->add_input() = net.model.graph().input(0);
    net.model.mutable_graph()->mutable_input(1)->set_name("z");
    net.add("Add", {"c", "z"}, "y");
    CHECK(net.refusal({"y"}).find("two inputs") != std::string::npos);
    CHECK(net.refusal({"c"}) == "");
  }
  SUBCASE("a network that computes itself") {
    net.add("Relu", {"b"}, "a");
    net.add("Relu", {"a"}, "b");
    CHECK(net.refusal({"b"}) != "");
    net.add("Relu", {"x"}, "c");
    CHECK(net.refusal({"c"}).find("two nodes compute 'c'") != std::string::npos);
  }
}

TEST_CASE("onnx: damaged files are errors, never more") {
  OnnxSample net({1, 3, 6, 6});
  net.random("a.weight", {4, 3, 3, 3});
  net.random("a.bias", {4});
  net.add("Conv", {"x", "a.weight", "a.bias"}, "a",
          {.integers = {{"pads", {1, 1, 1, 1}}, {"strides", {2, 2}}}});
  net.add("Relu", {"a"}, "r");
  net.add("GlobalAveragePool", {"r"}, "p");
  net.integers("sizes", {0, -1});
  net.add("Reshape", {"p", "sizes"}, "f");
  net.random("fc.weight", {5, 4});
  net.add("Gemm", {"f", "fc.weight"}, "y", {.integers = {{"transB", {1}}}});
  const std::string whole = net.bytes({"y"});
  CHECK(net.refusal({"y"}) == "");
  int refused = 0, read = 0;
  const auto attempt = [&](const std::string& bytes) {
    try {
      import_source(read_source(FileBytes{"damaged", as_file_bytes(bytes), nullptr}), {});
      ++read;
    } catch (const Error&) {
      ++refused;
    }
  };
  for (size_t length = 0; length < whole.size(); ++length) attempt(whole.substr(0, length));
  CHECK(read == 0);
  for (size_t at = 0; at < whole.size(); ++at)
    for (const int change : {1, 0x80, 0xff}) {
      std::string damaged = whole;
      damaged[at] = static_cast<char>(damaged[at] ^ change);
      attempt(damaged);
    }
  MESSAGE(refused, " damaged files refused, ", read, " read: their weights or names differ");
  CHECK(refused > static_cast<int>(whole.size()));
}

}  // namespace
}  // namespace graft::test
