#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <set>

#include "engine/error.h"
#include "graphs/onnx/node_case.h"
#include "graphs/onnx/onnx_sample.h"
#include "layers/flatten.h"
#include "transfer/graphs/onnx/fold.h"
#include "transfer/graphs/onnx/op_table.h"

namespace graft::test {
namespace {

using Dims = std::vector<int64_t>;

// What fold.h computes beside the operations of the table.
const std::set<std::string> folded{"Constant", "ConstantOfShape", "Shape", "Cast", "Floor", "Ceil", "Sqrt"};

std::string unmapped_op(const NodeCase& node_case) {
  for (const auto& node : node_case.model.graph().node())
    if (!onnx_op(node.op_type()) && !folded.contains(node.op_type())) return node.op_type();
  return {};
}

// To N,H,W,C.
std::vector<float> to_ours(const std::vector<float>& values, const Dims& d) {
  std::vector<float> ours;
  const int64_t pixels = d[2] * d[3];
  for (int64_t n = 0; n < d[0]; ++n)
    for (int64_t pixel = 0; pixel < pixels; ++pixel)
      for (int64_t c = 0; c < d[1]; ++c) ours.push_back(values[(n * d[1] + c) * pixels + pixel]);
  return ours;
}

// What the case expects, in the order of our tensor.
std::vector<float> expected_of(const onnx_file::Tensor& output, const FileGraph& file, NodeId node) {
  std::vector<float> values = values_of(output);
  Dims dims = dims_of(output);
  if (dims.size() == 5) dims = {dims[0], dims[1] * dims[2], dims[3], dims[4]};  // groups of channels
  const bool flattened = dynamic_cast<const Flatten*>(file.graph[node].layer.get());
  if (dims.size() == 2 && flattened) {
    const Shape map = file.graph.shapes(
        {1, file.height, file.width, file.graph.input_channels()})[file.graph[node].inputs[0]];
    dims = {dims[0], map.c(), map.h(), map.w()};
  }
  return dims.size() == 4 ? to_ours(values, dims) : values;
}

double largest_difference(const std::vector<float>& got, const std::vector<float>& expected) {
  if (got.size() != expected.size()) return INFINITY;
  double difference = 0, largest = 1;
  for (size_t i = 0; i < got.size(); ++i) {
    const double d = std::abs(double{got[i]} - expected[i]);
    difference = d <= difference ? difference : d;  // NaN stays
    largest = std::max(largest, std::abs(double{expected[i]}));
  }
  return difference / largest;
}

// Why the case says nothing about us; empty where it has been run. `difference` is NaN where it was not.
std::string run(NodeCase node_case, double& difference) {
  const std::string op = unmapped_op(node_case);
  if (!op.empty()) return "graft has no layer for " + op;
  if (node_case.model.graph().node(0).op_type().find("Softmax") != std::string::npos)
    return "Softmax is left out: outputs are logits";
  if (node_case.name.find("training") != std::string::npos) return "it trains";
  if (const auto reason = adapt(node_case)) return *reason;
  FileGraph file;
  try {
    file = read_onnx_bytes(node_case.model.SerializeAsString());
  } catch (const Error& error) {
    const std::string what = error.what();
    return what.substr(0, what.find("; --outputs"));
  }
  const Dims d = dims_of(node_case.inputs[0]);
  const auto results = run_graph(file.graph, file.weights, file.outputs, {d[0], d[2], d[3], d[1]},
                                 to_ours(values_of(node_case.inputs[0]), d));
  difference = 0;
  for (size_t i = 0; i < results.size(); ++i)
    difference =
        std::max(difference, largest_difference(results[i], expected_of(node_case.outputs[i], file,
                                                                        file.graph.find(file.outputs[i]))));
  return {};
}

TEST_CASE("onnx: ONNX's own cases of the operators that we have") {
  const auto folder = onnx_cases();
  if (!folder) {
    MESSAGE("skipped: ONNX's cases are not installed (libonnx-testdata, or set GRAFT_ONNX_CASES)");
    return;
  }
  constexpr double bound = 1e-5;
  int passed = 0, failed = 0;
  std::map<std::string, std::vector<std::string>> skipped;
  std::string names;
  for (const NodeCase& node_case : read_node_cases(*folder)) {
    double difference = NAN;
    const std::string reason = run(node_case, difference);
    if (!reason.empty()) {
      skipped[reason].push_back(node_case.name.substr(5));
      continue;
    }
    CAPTURE(node_case.name);
    CHECK(difference <= bound);
    ++(difference <= bound ? passed : failed);
    names += " " + node_case.name.substr(5);
  }
  MESSAGE(passed, " passed:", names);
  size_t all = 0;
  for (const auto& [reason, cases] : skipped) {
    all += cases.size();
    std::string list;
    if (!reason.starts_with("graft has no layer"))
      for (const std::string& name : cases) list += " " + name;
    MESSAGE(cases.size(), " skipped: ", reason, list);
  }
  MESSAGE(passed, " passed, ", failed, " failed, ", all, " skipped");
  CHECK(failed == 0);
  CHECK(passed >= 93);
}

// The same cases with all inputs known: what exporters leave to be computed before the network runs.
TEST_CASE("onnx: constants are folded to what ONNX's own cases expect") {
  const auto folder = onnx_cases();
  if (!folder) return;
  std::map<std::string, int> by_op;
  for (const NodeCase& node_case : read_node_cases(*folder)) {
    const auto& graph = node_case.model.graph();
    if (graph.node_size() != 1 || node_case.outputs.size() != 1 ||
        graph.input_size() != static_cast<int>(node_case.inputs.size()))
      continue;
    constexpr int type_uint8 = 2;  // whose arithmetic wraps around
    if (!node_case.inputs.empty() && node_case.inputs[0].data_type() == type_uint8) continue;
    const int given = node_case.outputs[0].data_type();
    if (given == 10 || given == 16) continue;  // float16 and bfloat16: ours stay float32
    OnnxNetwork net("case", {"image", {1, 1, 1, 1}, OnnxValue::Layout::map}, {}, 1 << 20);
    const OnnxNode node(graph.node(0));
    OnnxConstant expected;
    try {
      for (int i = 0; i < graph.input_size(); ++i)
        net.set_constant(graph.input(i).name(), read_onnx_tensor(node_case.inputs[i], nullptr));
      expected = read_onnx_tensor(node_case.outputs[0], nullptr);
      if (!fold(net, node, nullptr)) continue;
    } catch (const Error&) {
      continue;  // types that we do not read, reductions to nothing
    }
    CAPTURE(node_case.name);
    const OnnxConstant& got = net.constant(node.output(0));
    CHECK(got.dims == expected.dims);
    REQUIRE(got.count() == expected.count());
    for (int64_t i = 0; i < got.count(); ++i) CHECK(got.at(i) == doctest::Approx(expected.at(i)));
    ++by_op[node.op()];
  }
  std::string text;
  for (const auto& [op, count] : by_op) text += " " + op + " " + std::to_string(count);
  MESSAGE("folded:", text);
  for (const char* op :
       {"Shape", "Gather", "Unsqueeze", "Squeeze", "Concat", "Slice", "Reshape", "Transpose", "Add", "Mul",
        "Div", "Sub", "Floor", "Ceil", "Neg", "Flatten", "Identity", "Constant"}) {
    CAPTURE(op);
    CHECK(by_op[op] > 0);
  }
}

}  // namespace
}  // namespace graft::test
