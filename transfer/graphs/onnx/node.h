#pragma once

#include <optional>
#include <string>
#include <vector>

#include "transfer/graphs/onnx/onnx.pb.h"

namespace graft {

// One operation of an ONNX file; lives no longer than the file's message.
class OnnxNode {
 public:
  explicit OnnxNode(const onnx_file::Node& node) : node_(node) {}

  const std::string& op() const { return node_.op_type(); }
  const std::string& name() const { return node_.name(); }
  // Its name, else its output's: for layers and messages.
  const std::string& label() const;
  bool standard() const { return node_.domain().empty() || node_.domain() == "ai.onnx"; }

  int inputs() const { return node_.input_size(); }
  int outputs() const { return node_.output_size(); }
  bool has_input(int i) const { return i < inputs() && !node_.input(i).empty(); }
  const std::string& input(int i) const;  // Error{format} where there is none
  const std::string& output(int i) const { return node_.output(i); }

  bool has(std::string_view attribute) const { return find(attribute) != nullptr; }
  int64_t integer(std::string_view attribute, int64_t otherwise) const;
  double real(std::string_view attribute, double otherwise) const;
  std::string text(std::string_view attribute, std::string_view otherwise) const;
  std::optional<std::vector<int64_t>> integers(std::string_view attribute) const;
  std::optional<std::vector<float>> reals(std::string_view attribute) const;
  const onnx_file::Tensor* tensor(std::string_view attribute) const;

 private:
  const onnx_file::Attribute* find(std::string_view name) const;

  const onnx_file::Node& node_;
};

// An axis counted from the end where negative; Error{format} outside of 0 to rank - 1.
int64_t axis_within(int64_t axis, int64_t rank);

}  // namespace graft
