#include "transfer/export/onnx_writer.h"

#include <limits>

#include "engine/check.h"

namespace graft {

namespace {

constexpr int type_float = 1, type_int64 = 7;  // TensorProto.DataType
constexpr int64_t ir_version = 8, opset = 17;  // of onnx 1.12

void set_dims(onnx_file::ValueInfo& value, const std::vector<int64_t>& behind_batch) {
  auto* type = value.mutable_type()->mutable_tensor_type();
  type->set_elem_type(type_float);
  type->mutable_shape()->add_dim()->set_dim_param("batch");
  for (int64_t size : behind_batch) type->mutable_shape()->add_dim()->set_dim_value(size);
}

}  // namespace

onnx_file::Attribute& OnnxNodeWriter::attribute(const char* name, int type) {
  onnx_file::Attribute& added = *node_.add_attribute();
  added.set_name(name);
  added.set_type(type);
  return added;
}

OnnxNodeWriter& OnnxNodeWriter::integer(const char* name, int64_t value) {
  attribute(name, 2).set_i(value);
  return *this;
}

OnnxNodeWriter& OnnxNodeWriter::integers(const char* name, const std::vector<int64_t>& values) {
  onnx_file::Attribute& added = attribute(name, 7);
  for (int64_t value : values) added.add_ints(value);
  return *this;
}

OnnxNodeWriter& OnnxNodeWriter::real(const char* name, double value) {
  attribute(name, 1).set_f(static_cast<float>(value));
  return *this;
}

OnnxNodeWriter& OnnxNodeWriter::text(const char* name, const char* value) {
  attribute(name, 3).set_s(value);
  return *this;
}

OnnxWriter::OnnxWriter(const ModelData& model)
    : model_(model),
      shapes_(model.graph.shapes({1, model.image_size, model.image_size, model.graph.input_channels()})),
      tensors_(model.graph.size()) {
  file_.set_ir_version(ir_version);
  file_.set_producer_name("graft");
  file_.add_opset_import()->set_version(opset);
  file_.mutable_graph()->set_name(model.arch);
  onnx_file::ValueInfo& input = *file_.mutable_graph()->add_input();
  input.set_name("input");
  set_dims(input, {model.graph.input_channels(), model.image_size, model.image_size});
  tensors_[0] = "input";
}

void OnnxWriter::claim(const std::string& name) {
  GRAFT_CHECK(names_.insert(name).second, call, model_.arch, ": two tensors would be called '", name,
              "' in ONNX");
}

OnnxNodeWriter OnnxWriter::add(const char* op, const std::vector<std::string>& inputs,
                               const std::string& output) {
  claim(output);
  onnx_file::Node& node = *file_.mutable_graph()->add_node();
  node.set_op_type(op);
  node.set_name(output);
  for (const std::string& input : inputs) node.add_input(input);
  node.add_output(output);
  return OnnxNodeWriter(node);
}

onnx_file::Tensor& OnnxWriter::add_tensor(const std::string& name, const Shape& shape, int type) {
  claim(name);
  onnx_file::Tensor& tensor = *file_.mutable_graph()->add_initializer();
  tensor.set_name(name);
  tensor.set_data_type(type);
  for (int64_t size : shape) tensor.add_dims(size);
  return tensor;
}

std::string OnnxWriter::constant(const std::string& name, const Shape& shape, const float* values) {
  add_tensor(name, shape, type_float)
      .set_raw_data(values, static_cast<size_t>(shape.count()) * sizeof(float));
  return name;
}

std::string OnnxWriter::whole_numbers(const std::string& name, const std::vector<int64_t>& values) {
  add_tensor(name, {static_cast<int64_t>(values.size())}, type_int64)
      .set_raw_data(values.data(), values.size() * sizeof(int64_t));
  return name;
}

std::string OnnxWriter::parameter(NodeId id, const std::string& name) {
  const std::string tensor = model_.graph[id].name + "." + name;
  return parameter(id, name, model_.weights.at(tensor).shape);
}

std::string OnnxWriter::parameter(NodeId id, const std::string& name, const Shape& shape) {
  const std::string tensor = model_.graph[id].name + "." + name;
  const HostTensor& values = model_.weights.at(tensor);
  GRAFT_CHECK(values.count() == shape.count(), shape, tensor, " is ", values.shape, " instead of ", shape);
  return constant(tensor, shape, values.data);
}

void OnnxWriter::property(std::string_view key, const std::string& value) {
  onnx_file::Property& added = *file_.add_metadata_props();
  added.set_key(std::string(key));
  added.set_value(value);
}

std::vector<std::byte> OnnxWriter::finish(const std::string& logits) {
  onnx_file::ValueInfo& output = *file_.mutable_graph()->add_output();
  output.set_name(logits);
  const Shape& s = shapes_.back();
  set_dims(output, s.rank() == 2 ? std::vector<int64_t>{s[1]} : std::vector<int64_t>{s.c(), s.h(), s.w()});
  const size_t size = file_.ByteSizeLong();
  GRAFT_CHECK(size <= std::numeric_limits<int>::max(), call, model_.arch, " has ", size,
              " bytes in ONNX, whose files have at most 2 GB");
  std::vector<std::byte> bytes(size);
  file_.SerializeWithCachedSizesToArray(reinterpret_cast<uint8_t*>(bytes.data()));
  return bytes;
}

}  // namespace graft
