#pragma once

#include <set>
#include <string>
#include <vector>

#include "engine/weights.h"
#include "transfer/graphs/onnx/onnx.pb.h"
#include "transfer/model/model_data.h"

namespace graft {

// A node that is being written; attributes are added one after the other.
class OnnxNodeWriter {
 public:
  explicit OnnxNodeWriter(onnx_file::Node& node) : node_(node) {}

  OnnxNodeWriter& integer(const char* name, int64_t value);
  OnnxNodeWriter& integers(const char* name, const std::vector<int64_t>& values);
  OnnxNodeWriter& real(const char* name, double value);
  OnnxNodeWriter& text(const char* name, const char* value);

 private:
  onnx_file::Attribute& attribute(const char* name, int type);

  onnx_file::Node& node_;
};

// Writes ONNX's graph, one node after the other. Tensors are known by name; a layer's output has its name.
class OnnxWriter {
 public:
  explicit OnnxWriter(const ModelData& model);

  const ModelData& model() const { return model_; }
  // Of one image: N,H,W,C or N,C.
  const Shape& shape(NodeId id) const { return shapes_[id]; }
  // The tensor that a layer computes.
  const std::string& tensor(NodeId id) const { return tensors_[id]; }
  void set_tensor(NodeId id, std::string name) { tensors_[id] = std::move(name); }

  OnnxNodeWriter add(const char* op, const std::vector<std::string>& inputs, const std::string& output);
  // Constants; each gives back its name.
  std::string constant(const std::string& name, const Shape& shape, const float* values);
  std::string number(const std::string& name, float value) { return constant(name, {}, &value); }
  std::string whole_numbers(const std::string& name, const std::vector<int64_t>& values);
  // A parameter of the layer under its published name, in the layer's shape or another of as many elements.
  std::string parameter(NodeId id, const std::string& name);
  std::string parameter(NodeId id, const std::string& name, const Shape& shape);

  void property(std::string_view key, const std::string& value);
  // The logits' tensor becomes the graph's output. Error{call} beyond 2 GB.
  std::vector<std::byte> finish(const std::string& logits);

 private:
  onnx_file::Tensor& add_tensor(const std::string& name, const Shape& shape, int type);
  void claim(const std::string& name);

  const ModelData& model_;
  std::vector<Shape> shapes_;
  std::vector<std::string> tensors_;
  std::set<std::string, std::less<>> names_{"input"};
  onnx_file::Model file_;
};

// Writes a layer's nodes and sets its tensor. Error{call} where ONNX has no counterpart.
void write_onnx_layer(OnnxWriter& out, NodeId id);

}  // namespace graft
