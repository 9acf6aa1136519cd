#include "transfer/graphs/graph_writer.h"

#include <algorithm>

#include "engine/check.h"
#include "layers/activation.h"
#include "layers/dropout.h"
#include "layers/flatten.h"
#include "transfer/weights/bytes.h"
#include "transfer/weights/utf8.h"

namespace graft {

namespace {

constexpr int most_layers = 20000;
constexpr int64_t most_elements = int64_t{1} << 32;  // of one image's tensor

// A dense weight stands for a 1x1 convolution of the same sizes.
bool same_values(const ParameterSpec& spec, const Shape& given) {
  if (given == spec.shape) return true;
  return spec.role == ParameterRole::convolution_weight && given.rank() == 2 && spec.shape.rank() == 4 &&
         given[0] == spec.shape[0] && given[1] == spec.shape[1] && spec.shape[2] == 1 && spec.shape[3] == 1;
}

// The values given for a parameter, in its published shape.
HostTensor values_for(const ParameterSpec& spec, const std::vector<GraphWriter::Parameter>& parameters) {
  const auto given = std::find_if(parameters.begin(), parameters.end(),
                                  [&](const GraphWriter::Parameter& p) { return p.name == spec.name; });
  GRAFT_CHECK(given != parameters.end(), format, "has no ", spec.name);
  GRAFT_CHECK(same_values(spec, given->values.shape), shape, "its ", spec.name, " is ", given->values.shape,
              " instead of ", spec.shape);
  return {spec.shape, given->values.data, given->values.owner};
}

bool keeps_order(const Layer& layer) {
  return dynamic_cast<const ActivationLayer*>(&layer) || dynamic_cast<const DropoutLayer*>(&layer);
}

}  // namespace

GraphWriter::GraphWriter(std::string file, std::string_view format, const Shape& input)
    : out_{.file = std::move(file),
           .format = format,
           .name = {},
           .graph = Graph(),
           .weights = {},
           .outputs = {},
           .height = 0,
           .width = 0,
           .preprocessing = {},
           .usual_preprocessing = {},
           .classes = {},
           .notes = {}},
      graph_(input.rank() == 4 ? input.c() : 3),
      shapes_{input} {
  GRAFT_CHECK(input.rank() == 4 && input.n() == 1 && input.count() > 0 && input.count() <= most_elements,
              format, out_.file, ": the network's input is ", input,
              " (N,H,W,C); graft reads one image of known size");
  out_.height = input.h();
  out_.width = input.w();
  names_.insert(graph_[0].name);
}

std::string GraphWriter::free_name(std::string_view wish, std::string_view type) const {
  std::string base = is_utf8(wish) ? printable(wish) : std::string();
  if (base.empty()) base = type;
  std::string name = base;
  for (int i = 2; names_.contains(name); ++i) name = base + "_" + std::to_string(i);
  return name;
}

NodeId GraphWriter::add(std::string_view name, const LayerPtr& layer, std::vector<NodeId> inputs,
                        const std::vector<Parameter>& parameters) {
  const std::string own = free_name(name, layer->type());
  try {
    GRAFT_CHECK(graph_.size() < most_layers, format, "a network has at most ", most_layers, " layers");
    std::vector<Shape> from;
    for (NodeId input : inputs) from.push_back(shapes_.at(input));
    const Shape result = layer->output_shape(from);
    GRAFT_CHECK(result.count() > 0 && result.count() <= most_elements, shape, "its output would be ", result);
    std::vector<HostTensor> values;
    for (const ParameterSpec& spec : layer->parameters()) values.push_back(values_for(spec, parameters));
    const NodeId id = graph_.add(own, layer, std::move(inputs));
    size_t next = 0;
    for (const ParameterSpec& spec : layer->parameters())
      out_.weights[parameter_name(graph_[id], spec)] = std::move(values[next++]);
    names_.insert(own);
    shapes_.push_back(result);
    return id;
  } catch (const Error& error) {
    fail(error.code(), out_.file, ": ", layer->type(), " '", own, "': ", error.what());
  }
}

void GraphWriter::replace(NodeId x, const LayerPtr& layer, const std::vector<Parameter>& parameters) {
  graph_.replace(x, layer);
  for (const ParameterSpec& spec : layer->parameters()) {
    const std::string tensor = parameter_name(graph_[x], spec);
    if (!out_.weights.contains(tensor)) out_.weights[tensor] = values_for(spec, parameters);
  }
}

Shape GraphWriter::flattened_map(NodeId x) const {
  while (x > 0 && keeps_order(*graph_[x].layer)) x = graph_[x].inputs[0];
  if (x == 0 || !dynamic_cast<const Flatten*>(graph_[x].layer.get())) return {};
  const Shape& map = shapes_[graph_[x].inputs[0]];
  return map.rank() == 4 && map.h() * map.w() > 1 ? Shape{map.c(), map.h(), map.w()} : Shape{};
}

FileGraph GraphWriter::finish(const std::vector<NodeId>& outputs) && {
  GRAFT_CHECK(!outputs.empty(), format, out_.file, ": the network has no output");
  std::vector<bool> wanted(graph_.size(), false);
  for (NodeId output : outputs) {
    GRAFT_CHECK(output > 0, format, out_.file, ": the network's input is its output");
    wanted[output] = true;
  }
  for (NodeId id = graph_.size() - 1; id > 0; --id)
    for (NodeId input : graph_[id].inputs)
      if (wanted[id]) wanted[input] = true;

  std::vector<NodeId> renumbered(graph_.size(), 0);
  Graph kept(graph_.input_channels());
  for (NodeId id = 1; id < graph_.size(); ++id) {
    const Node& node = graph_[id];
    if (wanted[id]) {
      std::vector<NodeId> inputs;
      for (NodeId input : node.inputs) inputs.push_back(renumbered[input]);
      renumbered[id] = kept.add(node.name, node.layer, std::move(inputs));
    } else {
      for (const ParameterSpec& spec : node.layer->parameters())
        out_.weights.erase(parameter_name(node, spec));
    }
  }
  for (NodeId output : outputs) out_.outputs.push_back(graph_[output].name);
  out_.graph = std::move(kept);
  return std::move(out_);
}

HostTensor permuted(const HostTensor& from, std::initializer_list<int> order) {
  const std::vector<int> axis(order);
  const int rank = from.shape.rank();
  GRAFT_CHECK(static_cast<int>(axis.size()) == rank, shape, "a tensor of shape ", from.shape, " where ",
              axis.size(), " sizes are expected");
  std::vector<int64_t> stride(rank, 1);
  for (int i = rank - 2; i >= 0; --i) stride[i] = stride[i + 1] * from.shape[i + 1];
  Shape shape;
  for (int i : axis) shape.push_back(from.shape[i]);
  std::vector<float> values(static_cast<size_t>(from.count()));
  std::vector<int64_t> at(rank, 0);
  for (float& value : values) {
    int64_t offset = 0;
    for (int i = 0; i < rank; ++i) offset += at[i] * stride[axis[i]];
    value = from.data[offset];
    for (int i = rank - 1; i >= 0 && ++at[i] == shape[i]; --i) at[i] = 0;
  }
  return HostTensor::from(shape, std::move(values));
}

}  // namespace graft
