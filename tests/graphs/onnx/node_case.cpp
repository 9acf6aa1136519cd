#include "graphs/onnx/node_case.h"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "transfer/graphs/onnx/constant.h"

namespace graft::test {

namespace {

namespace fs = std::filesystem;
using Dims = std::vector<int64_t>;

constexpr int type_float = 1;

template <class Message>
Message parsed(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  Message message;
  message.ParseFromString(std::string(std::istreambuf_iterator<char>(file), {}));
  return message;
}

onnx_file::Tensor float_tensor(const std::string& name, const Dims& dims, const std::vector<float>& values) {
  onnx_file::Tensor tensor;
  tensor.set_name(name);
  tensor.set_data_type(type_float);
  for (int64_t size : dims) tensor.add_dims(size);
  for (float value : values) tensor.add_float_data(value);
  return tensor;
}

void set_dims(onnx_file::Tensor& tensor, const Dims& dims) {
  tensor.clear_dims();
  for (int64_t size : dims) tensor.add_dims(size);
}

void set_input(NodeCase& node_case, const std::string& name, const Dims& dims) {
  node_case.model.mutable_graph()->clear_input();
  onnx_file::ValueInfo& value = *node_case.model.mutable_graph()->add_input();
  value.set_name(name);
  value.mutable_type()->mutable_tensor_type()->set_elem_type(type_float);
  for (int64_t size : dims)
    value.mutable_type()->mutable_tensor_type()->mutable_shape()->add_dim()->set_dim_value(size);
}

// A node in front of the others.
onnx_file::Node& put_first(NodeCase& node_case, const std::string& op, const std::string& from) {
  auto& nodes = *node_case.model.mutable_graph()->mutable_node();
  onnx_file::Node& node = *nodes.Add();
  node.set_op_type(op);
  node.add_input(from);
  for (int i = nodes.size() - 1; i > 0; --i) nodes.SwapElements(i, i - 1);
  return *nodes.Mutable(0);
}

void add_integers(onnx_file::Node& node, const char* name, const Dims& values) {
  onnx_file::Attribute& attribute = *node.add_attribute();
  attribute.set_name(name);
  for (int64_t value : values) attribute.add_ints(value);
}

Dims padded(Dims dims) {
  while (dims.size() < 4) dims.push_back(1);
  return dims;
}

// Several inputs of one shape: the network reads them side by side in the channels, and splits them first.
void join_inputs(NodeCase& node_case) {
  const Dims dims = padded(dims_of(node_case.inputs[0]));
  const auto parts = static_cast<int64_t>(node_case.inputs.size());
  const int64_t run = dims[1] * dims[2] * dims[3];
  std::vector<std::vector<float>> values;
  for (const onnx_file::Tensor& input : node_case.inputs) values.push_back(values_of(input));
  std::vector<float> joined;
  for (int64_t n = 0; n < dims[0]; ++n)
    for (const std::vector<float>& part : values)
      joined.insert(joined.end(), part.begin() + n * run, part.begin() + (n + 1) * run);
  onnx_file::Node& split = put_first(node_case, "Split", "joined");
  for (const onnx_file::ValueInfo& input : node_case.model.graph().input()) split.add_output(input.name());
  onnx_file::Attribute& axis = *split.add_attribute();
  axis.set_name("axis");
  axis.set_i(1);
  const Dims all{dims[0], dims[1] * parts, dims[2], dims[3]};
  node_case.inputs = {float_tensor("joined", all, joined)};
  set_input(node_case, "joined", all);
  for (onnx_file::Tensor& output : node_case.outputs) set_dims(output, padded(dims_of(output)));
}

// Rows N,C come from images N,C,1,1.
void flatten_input(NodeCase& node_case) {
  const std::string name = node_case.model.graph().input(0).name();
  onnx_file::Node& flatten = put_first(node_case, "Flatten", "image");
  flatten.add_output(name);
  const Dims dims = padded(dims_of(node_case.inputs[0]));
  set_dims(node_case.inputs[0], dims);
  set_input(node_case, "image", dims);
}

// Operations on the last axis of N,H,W,C: the image N,C,H,W is transposed first, and its result back.
void put_channels_last(NodeCase& node_case) {
  const auto transposed = [](const onnx_file::Tensor& tensor) {
    const Dims d = dims_of(tensor);
    const std::vector<float> from = values_of(tensor);
    std::vector<float> to;
    for (int64_t n = 0; n < d[0]; ++n)
      for (int64_t c = 0; c < d[3]; ++c)
        for (int64_t pixel = 0; pixel < d[1] * d[2]; ++pixel)
          to.push_back(from[(n * d[1] * d[2] + pixel) * d[3] + c]);
    return float_tensor("image", {d[0], d[3], d[1], d[2]}, to);
  };
  const std::string name = node_case.model.graph().input(0).name();
  onnx_file::Node& first = put_first(node_case, "Transpose", "image");
  first.add_output(name);
  add_integers(first, "perm", {0, 2, 3, 1});
  auto& graph = *node_case.model.mutable_graph();
  onnx_file::Node& last = *graph.add_node();
  last.set_op_type("Transpose");
  last.add_input(graph.output(0).name());
  last.add_output("back");
  add_integers(last, "perm", {0, 3, 1, 2});
  graph.mutable_output(0)->set_name("back");
  while (graph.output_size() > 1) graph.mutable_output()->RemoveLast();
  node_case.inputs[0] = transposed(node_case.inputs[0]);
  node_case.outputs = {transposed(node_case.outputs[0])};
  set_input(node_case, "image", dims_of(node_case.inputs[0]));
}

void make_constants(NodeCase& node_case) {
  for (size_t i = 1; i < node_case.inputs.size(); ++i) {
    onnx_file::Tensor& added = *node_case.model.mutable_graph()->add_initializer();
    added = node_case.inputs[i];
    added.set_name(node_case.model.graph().input(static_cast<int>(i)).name());
  }
  node_case.inputs.resize(1);
}

// Networks that may compute nothing get something to compute: the input's half is doubled.
void double_input(NodeCase& node_case) {
  const std::string name = node_case.model.graph().input(0).name();
  const Dims dims = dims_of(node_case.inputs[0]);
  std::vector<float> halves = values_of(node_case.inputs[0]);
  for (float& half : halves) half /= 2;
  onnx_file::Node& twice = put_first(node_case, "Mul", "half");
  twice.add_input("two");
  twice.add_output(name);
  *node_case.model.mutable_graph()->add_initializer() = float_tensor("two", {}, {2});
  node_case.inputs[0] = float_tensor("half", dims, halves);
  set_input(node_case, "half", dims);
}

std::optional<std::string> bring_into_shape(NodeCase& node_case) {
  const auto& graph = node_case.model.graph();
  if (node_case.inputs.empty()) return "it has no input";
  if (graph.input_size() != static_cast<int>(node_case.inputs.size()))
    return "an input is optional or no tensor";
  for (const auto* values : {&graph.input(), &graph.output()})
    for (const onnx_file::ValueInfo& value : *values)
      if (!value.type().has_tensor_type()) return "it reads or gives no tensor";
  if (node_case.inputs[0].data_type() != type_float) return "its input is not of float32";
  for (const onnx_file::Tensor& output : node_case.outputs)
    if (output.data_type() != type_float) return "its output is not of float32";
  const Dims dims = dims_of(node_case.inputs[0]);
  const bool same = node_case.inputs.size() > 1 &&
                    std::all_of(node_case.inputs.begin(), node_case.inputs.end(), [&](const auto& input) {
                      return dims_of(input) == dims && input.data_type() == type_float;
                    });
  for (const onnx_file::Node& node : graph.node())
    for (const onnx_file::Attribute& attribute : node.attribute())
      if (same && attribute.name() == "axis" && attribute.i() < 0 && dims.size() < 4)
        return "its axis counts from the end";
  if (same && dims.size() <= 4 && node_case.only_uses({"Add", "Sub", "Mul", "Sum", "Concat"})) {
    join_inputs(node_case);
    return std::nullopt;
  }
  make_constants(node_case);
  if (dims.size() == 4 && dims[0] > 0 && node_case.only_uses({"LayerNormalization"})) {
    put_channels_last(node_case);
    return std::nullopt;
  }
  if (dims.size() == 4) {
    set_input(node_case, std::string(graph.input(0).name()), dims);
    return std::nullopt;
  }
  const bool by_element = node_case.only_uses({"Relu", "LeakyRelu", "Sigmoid", "HardSigmoid", "HardSwish",
                                               "Clip", "Dropout", "Identity", "Neg", "Mul", "Sum"});
  if (by_element && !dims.empty() && dims.size() < 4) {
    set_dims(node_case.inputs[0], padded(dims));
    set_input(node_case, std::string(graph.input(0).name()), padded(dims));
    for (onnx_file::Tensor& output : node_case.outputs) set_dims(output, padded(dims_of(output)));
    return std::nullopt;
  }
  if (dims.size() == 2 && !node_case.only_uses({"Split", "Transpose", "Gather", "Slice"})) {
    flatten_input(node_case);
    return std::nullopt;
  }
  return "its tensors have " + std::to_string(dims.size()) + " sizes";
}

}  // namespace

bool NodeCase::only_uses(const std::vector<std::string_view>& ops) const {
  return std::all_of(model.graph().node().begin(), model.graph().node().end(), [&](const auto& node) {
    return std::find(ops.begin(), ops.end(), node.op_type()) != ops.end();
  });
}

std::optional<fs::path> onnx_cases() {
  const char* given = std::getenv("GRAFT_ONNX_CASES");
  const fs::path folder = given ? given : "/usr/share/libonnx-testdata/data/node";
  return fs::is_directory(folder) ? std::optional(folder) : std::nullopt;
}

std::vector<NodeCase> read_node_cases(const fs::path& folder) {
  std::vector<fs::path> paths;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder))
    if (fs::exists(entry.path() / "model.onnx")) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<NodeCase> cases;
  for (const fs::path& path : paths) {
    NodeCase& added = cases.emplace_back(
        NodeCase{path.filename().string(), parsed<onnx_file::Model>(path / "model.onnx"), {}, {}});
    const fs::path data = path / "test_data_set_0";
    for (int i = 0; fs::exists(data / ("input_" + std::to_string(i) + ".pb")); ++i)
      added.inputs.push_back(parsed<onnx_file::Tensor>(data / ("input_" + std::to_string(i) + ".pb")));
    for (int i = 0; fs::exists(data / ("output_" + std::to_string(i) + ".pb")); ++i)
      added.outputs.push_back(parsed<onnx_file::Tensor>(data / ("output_" + std::to_string(i) + ".pb")));
  }
  return cases;
}

Dims dims_of(const onnx_file::Tensor& tensor) { return {tensor.dims().begin(), tensor.dims().end()}; }

std::vector<float> values_of(const onnx_file::Tensor& tensor) {
  const OnnxConstant constant = read_onnx_tensor(tensor, nullptr);
  std::vector<float> values;
  for (int64_t i = 0; i < constant.count(); ++i) values.push_back(static_cast<float>(constant.at(i)));
  return values;
}

std::optional<std::string> adapt(NodeCase& node_case) {
  // Operations that opset 7 left as they were, and outputs beside the first.
  if (node_case.only_uses({"GlobalAveragePool", "GlobalMaxPool", "HardSigmoid"}))
    node_case.model.mutable_opset_import(0)->set_version(7);
  if (node_case.only_uses({"Dropout", "LayerNormalization", "MaxPool"}) && !node_case.outputs.empty()) {
    node_case.outputs.resize(1);
    while (node_case.model.graph().output_size() > 1)
      node_case.model.mutable_graph()->mutable_output()->RemoveLast();
  }
  const auto reason = bring_into_shape(node_case);
  if (!reason && node_case.only_uses(
                     {"Flatten", "Reshape", "Squeeze", "Unsqueeze", "Dropout", "Identity", "Clip", "Sum"}))
    double_input(node_case);
  return reason;
}

}  // namespace graft::test
