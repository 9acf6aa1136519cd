#include "graphs/onnx/onnx_sample.h"

#include <algorithm>

#include "networks/reference_weights.h"
#include "support/error_text.h"

namespace graft::test {

OnnxSample::OnnxSample(const std::vector<int64_t>& input, int64_t opset) {
  model.set_ir_version(8);
  model.add_opset_import()->set_version(opset);
  onnx_file::ValueInfo& value = *model.mutable_graph()->add_input();
  value.set_name("x");
  value.mutable_type()->mutable_tensor_type()->set_elem_type(1);
  for (int64_t size : input)
    value.mutable_type()->mutable_tensor_type()->mutable_shape()->add_dim()->set_dim_value(size);
}

std::string OnnxSample::add(const std::string& op, const std::vector<std::string>& inputs,
                            const std::string& name) {
  return add(op, inputs, name, {});
}

std::string OnnxSample::add(const std::string& op, const std::vector<std::string>& inputs,
                            const std::string& name, const Attributes& attributes) {
  onnx_file::Node& node = *model.mutable_graph()->add_node();
  node.set_op_type(op);
  node.set_name(name);
  for (const std::string& input : inputs) node.add_input(input);
  node.add_output(name);
  const auto& lists = attributes.lists;
  for (const auto& [key, values] : attributes.integers) {
    onnx_file::Attribute& attribute = *node.add_attribute();
    attribute.set_name(key);
    if (values.size() == 1 && std::find(lists.begin(), lists.end(), key) == lists.end())
      attribute.set_i(values[0]);
    else
      for (int64_t item : values) attribute.add_ints(item);
  }
  for (const auto& [key, number] : attributes.reals) {
    onnx_file::Attribute& attribute = *node.add_attribute();
    attribute.set_name(key);
    attribute.set_f(number);
  }
  for (const auto& [key, word] : attributes.texts) {
    onnx_file::Attribute& attribute = *node.add_attribute();
    attribute.set_name(key);
    attribute.set_s(word);
  }
  return name;
}

std::string OnnxSample::floats(const std::string& name, const std::vector<int64_t>& dims,
                               const std::vector<float>& values) {
  onnx_file::Tensor& tensor = *model.mutable_graph()->add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(1);
  for (int64_t size : dims) tensor.add_dims(size);
  for (float value : values) tensor.add_float_data(value);
  return name;
}

std::string OnnxSample::integers(const std::string& name, const std::vector<int64_t>& values) {
  onnx_file::Tensor& tensor = *model.mutable_graph()->add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(7);
  tensor.add_dims(static_cast<int64_t>(values.size()));
  for (int64_t value : values) tensor.add_int64_data(value);
  return name;
}

std::string OnnxSample::random(const std::string& name, const std::vector<int64_t>& dims) {
  int64_t count = 1;
  for (int64_t size : dims) count *= size;
  return floats(name, dims, uniform(name, count));
}

std::string OnnxSample::bytes(const std::vector<std::string>& outputs) const {
  onnx_file::Model whole = model;
  for (const std::string& output : outputs) whole.mutable_graph()->add_output()->set_name(output);
  return whole.SerializeAsString();
}

FileGraph OnnxSample::read(const std::vector<std::string>& outputs, const SourceOptions& options) const {
  return read_onnx_bytes(bytes(outputs), options);
}

std::string OnnxSample::refusal(const std::vector<std::string>& outputs, const SourceOptions& options) const {
  return error_of([&] { read(outputs, options); });
}

FileGraph read_onnx_bytes(const std::string& bytes, const SourceOptions& options) {
  return std::get<FileGraph>(read_source(FileBytes{"net.onnx", as_file_bytes(bytes), nullptr}, options));
}

std::vector<std::string> types_of(const Graph& graph) {
  std::vector<std::string> types;
  for (NodeId id = 1; id < graph.size(); ++id) types.emplace_back(graph[id].layer->type());
  return types;
}

}  // namespace graft::test
