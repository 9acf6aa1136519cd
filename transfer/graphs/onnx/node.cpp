#include "transfer/graphs/onnx/node.h"

#include <charconv>

#include "engine/check.h"

namespace graft {

namespace {

// The number that was meant: 0.001 instead of the float nearest to it.
double as_written(float value) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof(text), value).ptr;
  double meant = value;
  std::from_chars(text, end, meant);
  return meant;
}

}  // namespace

const std::string& OnnxNode::label() const {
  return name().empty() && outputs() > 0 ? node_.output(0) : node_.name();
}

const std::string& OnnxNode::input(int i) const {
  GRAFT_CHECK(has_input(i), format, "lacks its input ", i);
  return node_.input(i);
}

const onnx_file::Attribute* OnnxNode::find(std::string_view name) const {
  for (const onnx_file::Attribute& attribute : node_.attribute())
    if (attribute.name() == name) return &attribute;
  return nullptr;
}

int64_t OnnxNode::integer(std::string_view attribute, int64_t otherwise) const {
  const onnx_file::Attribute* found = find(attribute);
  return found ? found->i() : otherwise;
}

double OnnxNode::real(std::string_view attribute, double otherwise) const {
  const onnx_file::Attribute* found = find(attribute);
  return found ? as_written(found->f()) : otherwise;
}

std::string OnnxNode::text(std::string_view attribute, std::string_view otherwise) const {
  const onnx_file::Attribute* found = find(attribute);
  return found ? found->s() : std::string(otherwise);
}

std::optional<std::vector<int64_t>> OnnxNode::integers(std::string_view attribute) const {
  const onnx_file::Attribute* found = find(attribute);
  if (!found) return std::nullopt;
  return std::vector<int64_t>(found->ints().begin(), found->ints().end());
}

std::optional<std::vector<float>> OnnxNode::reals(std::string_view attribute) const {
  const onnx_file::Attribute* found = find(attribute);
  if (!found) return std::nullopt;
  return std::vector<float>(found->floats().begin(), found->floats().end());
}

const onnx_file::Tensor* OnnxNode::tensor(std::string_view attribute) const {
  const onnx_file::Attribute* found = find(attribute);
  return found && found->has_t() ? &found->t() : nullptr;
}

int64_t axis_within(int64_t axis, int64_t rank) {
  GRAFT_CHECK(axis >= -rank && axis < rank, format, "has axis ", axis, " of a tensor with ", rank, " sizes");
  return axis < 0 ? axis + rank : axis;
}

}  // namespace graft
