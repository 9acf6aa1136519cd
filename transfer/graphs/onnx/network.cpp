#include "transfer/graphs/onnx/network.h"

#include <algorithm>

#include "engine/check.h"
#include "layers/conv.h"
#include "layers/dense.h"
#include "layers/flatten.h"
#include "layers/scale.h"
#include "transfer/weights/bytes.h"

namespace graft {

namespace {

Shape input_shape(const OnnxNetwork::Input& input) {
  const std::vector<int64_t>& d = input.dims;
  if (input.layout == OnnxValue::Layout::map_last) return {1, d[1], d[2], d[3]};
  return {1, d[2], d[3], d[1]};
}

std::vector<float> for_channels(const std::vector<double>& values, int64_t channels, double neutral) {
  std::vector<float> all(static_cast<size_t>(channels),
                         static_cast<float>(values.empty() ? neutral : values[0]));
  if (values.size() > 1) std::copy(values.begin(), values.end(), all.begin());
  return all;
}

// The same layer with a bias; null where it has one or can have none.
LayerPtr with_bias(const Layer& layer) {
  if (const auto* conv = dynamic_cast<const Conv*>(&layer)) {
    ConvOptions options = conv->options();
    if (options.bias) return nullptr;
    options.bias = true;
    return std::make_shared<Conv>(options);
  }
  const auto* dense = dynamic_cast<const Dense*>(&layer);
  if (!dense || dense->parameters().size() > 1) return nullptr;
  return std::make_shared<Dense>(dense->inputs(), dense->outputs(), true, dense->flattened());
}

}  // namespace

OnnxNetwork::OnnxNetwork(std::string file, const Input& input, Readers readers, int64_t most_elements)
    : writer_(std::move(file), "ONNX", input_shape(input)),
      batch_(input.dims[0]),
      readers_(std::move(readers)),
      elements_left_(most_elements) {
  tensors_[input.name] =
      OnnxValue{.node = writer_.input(), .dims = input.dims, .layout = input.layout, .sole_reader = false};
}

int OnnxNetwork::readers(const std::string& name) const {
  const auto found = readers_.find(name);
  return found == readers_.end() ? 0 : static_cast<int>(found->second.size());
}

bool OnnxNetwork::becomes_map(const std::string& name) const {
  constexpr std::string_view of_rows[] = {
      "Relu",   "Sigmoid", "HardSigmoid", "HardSwish", "Clip",    "LeakyRelu",          "Gemm",
      "MatMul", "Add",     "Mul",         "Div",       "Dropout", "BatchNormalization", "Identity",
      "Cast"};
  constexpr size_t most = 64;
  std::vector<std::string> open{name};
  for (size_t i = 0; i < open.size(); ++i) {
    const auto found = readers_.find(open[i]);
    if (found == readers_.end()) continue;
    for (const onnx_file::Node* reader : found->second) {
      if (!reader) continue;
      if (reader->op_type() == "Unsqueeze" || reader->op_type() == "Reshape") return true;
      const bool row =
          std::find(std::begin(of_rows), std::end(of_rows), reader->op_type()) != std::end(of_rows);
      if (row && reader->output_size() > 0) open.push_back(reader->output(0));
      if (open.size() > most) return false;
    }
  }
  return false;
}

bool OnnxNetwork::is_constant(const std::string& name) const {
  const auto found = tensors_.find(name);
  return found != tensors_.end() && std::holds_alternative<OnnxConstant>(found->second);
}

const OnnxConstant& OnnxNetwork::constant(const std::string& name) const {
  GRAFT_CHECK(is_constant(name), format, "its input '", printable(name),
              "' must be a constant of the file, and is computed");
  return std::get<OnnxConstant>(tensors_.find(name)->second);
}

void OnnxNetwork::spend(int64_t elements) {
  elements_left_ -= elements + 1;
  GRAFT_CHECK(elements_left_ >= 0, format, "the network computes too many constants for its size");
}

void OnnxNetwork::set_constant(const std::string& name, OnnxConstant constant) {
  spend(constant.count());
  tensors_[name] = std::move(constant);
}

OnnxValue& OnnxNetwork::value(const std::string& name) {
  const auto found = tensors_.find(name);
  GRAFT_CHECK(found != tensors_.end(), format, "reads '", printable(name),
              "', which no node before it computes");
  auto* value = std::get_if<OnnxValue>(&found->second);
  GRAFT_CHECK(value, format, "its input '", printable(name), "' is a constant; it must be computed");
  return *value;
}

void OnnxNetwork::set_value(const OnnxNode& node, int output, OnnxValue value) {
  if (output >= node.outputs() || node.output(output).empty()) return;
  const std::string& name = node.output(output);
  if (readers(name) > 1 && value.form == OnnxValue::Form::plain) scale(value, node.label());
  tensors_[name] = std::move(value);
}

OnnxValue OnnxNetwork::passed(const OnnxNode& node, int input) {
  OnnxValue x = value(node.input(input));
  x.sole_reader = x.sole_reader && readers(node.input(input)) == 1;
  return x;
}

const OnnxValue& OnnxNetwork::plain(const OnnxNode& node, int input) {
  OnnxValue& x = value(node.input(input));
  compute(x, node.label());
  return x;
}

const OnnxValue& OnnxNetwork::map(const OnnxNode& node, int input, bool takes_padding) {
  OnnxValue& x = value(node.input(input));
  if (!takes_padding || !x.padded()) compute(x, node.label());
  GRAFT_CHECK(x.layout == OnnxValue::Layout::map && writer_.shape(x.node).rank() == 4, shape, "reads '",
              printable(node.input(input)), "', of sizes ", shape_of(x.dims),
              ", which is no map N,C,H,W here");
  return x;
}

OnnxValue OnnxNetwork::as_row(const OnnxValue& x, std::string_view name) {
  const Shape& shape = writer_.shape(x.node);
  if (shape.rank() == 2) return x;
  GRAFT_CHECK(shape.h() == 1 && shape.w() == 1, shape, "wants a row N,C and reads a map of sizes ",
              shape_of(x.dims));
  const auto [place, added] = flattened_.emplace(x.node, -1);
  if (added) place->second = writer_.add(text(name, ".flatten"), std::make_shared<Flatten>(), {x.node});
  OnnxValue row = x;
  row.node = place->second;
  row.layout = OnnxValue::Layout::row;
  return row;
}

OnnxValue OnnxNetwork::row(const OnnxNode& node, int input) {
  return as_row(plain(node, input), node.label());
}

// The bias of a convolution or dense layer that nobody else reads, or a layer of its own.
void OnnxNetwork::scale(OnnxValue& x, const std::string& name) {
  if (x.affine.identity()) return;
  const Layer* layer = x.node > 0 ? writer_.graph()[x.node].layer.get() : nullptr;
  const Shape& shape = writer_.shape(x.node);
  const int64_t channels = shape[shape.rank() - 1];
  GRAFT_CHECK(x.channel_axis() >= 0 || x.affine.scalar(), shape,
              "scales by channel what is no map or row here");
  const HostTensor bias = HostTensor::from({channels}, for_channels(x.affine.bias, channels, 0));
  const LayerPtr biased = layer && x.sole_reader && x.affine.scale.empty() ? with_bias(*layer) : nullptr;
  if (biased) {
    writer_.replace(x.node, biased, {{"bias", bias}});
  } else {
    const auto kind = x.affine.bias.empty() ? Scale::Kind::plain : Scale::Kind::with_bias;
    const HostTensor weight = HostTensor::from({channels}, for_channels(x.affine.scale, channels, 1));
    x.node = writer_.add(name, std::make_shared<Scale>(channels, kind), {x.node},
                         {{"weight", weight}, {"bias", bias}});
    x.sole_reader = true;
  }
  x.affine = {};
}

void OnnxNetwork::compute(OnnxValue& x, const std::string& name) {
  if (!x.pending()) return;
  GRAFT_CHECK(x.form != OnnxValue::Form::normal_share, format,
              "Erf is only understood as a part of GELU, x (1 + Erf(x / sqrt 2)) / 2");
  GRAFT_CHECK(x.form != OnnxValue::Form::softmax, format, "reads a Softmax, for which graft has no layer");
  GRAFT_CHECK(!x.padded(), format, "reads a padded map; graft pads in front of convolutions and pools only");
  scale(x, name);
}

OnnxValue OnnxNetwork::apply(const OnnxValue& x, std::string_view name, const LayerPtr& layer,
                             const std::vector<GraphWriter::Parameter>& parameters) {
  const NodeId node = writer_.add(name, layer, {x.node}, parameters);
  return {.node = node, .dims = dims_of(node, x.layout), .layout = x.layout};
}

std::vector<int64_t> OnnxNetwork::dims_of(NodeId node, OnnxValue::Layout layout) const {
  const Shape& s = writer_.shape(node);
  if (s.rank() == 2) return {batch_, s[1]};
  if (layout == OnnxValue::Layout::map_last) return {batch_, s.h(), s.w(), s.c()};
  if (layout == OnnxValue::Layout::row) return {batch_, s.c()};
  return {batch_, s.c(), s.h(), s.w()};
}

std::vector<double> OnnxNetwork::by_channel(const OnnxConstant& constant, const OnnxValue& value) const {
  const int rank = static_cast<int>(value.dims.size()), own = static_cast<int>(constant.dims.size());
  const int64_t count = constant.count();
  const int axis = value.channel_axis();
  bool fits = own <= rank;
  for (int i = 0; i < own && fits; ++i)
    fits = constant.dims[i] == 1 || (i + rank - own == axis && constant.dims[i] == value.dims[axis]);
  GRAFT_CHECK(fits && count > 0, shape, "has a constant of sizes ", shape_of(constant.dims),
              " for a tensor of ", shape_of(value.dims), "; graft has layers for one number a channel");
  std::vector<double> numbers;
  for (int64_t i = 0; i < count; ++i) numbers.push_back(constant.at(i));
  return numbers;
}

std::string OnnxNetwork::layer_name(const OnnxNode& node, int weight) const {
  constexpr std::string_view ending = ".weight";
  const std::string& tensor = node.input(weight);
  const std::string& origin = is_constant(tensor) ? constant(tensor).origin : tensor;
  if (origin.size() > ending.size() && origin.ends_with(ending))
    return origin.substr(0, origin.size() - ending.size());
  return node.label();
}

}  // namespace graft
