#include "engine/check.h"
#include "layers/dense.h"
#include "transfer/export/onnx_layer.h"

namespace graft {

OnnxLayer::OnnxLayer(OnnxWriter& writer, NodeId node)
    : out(writer),
      id(node),
      name(writer.model().graph[node].name),
      x(writer.shape(writer.model().graph[node].inputs[0])) {
  const Node& own = writer.model().graph[node];
  for (NodeId input : own.inputs) inputs.push_back(writer.tensor(input));
  for (auto& [attribute, value] : own.layer->attributes()) attributes_.emplace(attribute, value);
}

int64_t OnnxLayer::integer(const std::string& attribute) const {
  return std::get<int64_t>(attributes_.at(attribute));
}

double OnnxLayer::real(const std::string& attribute) const {
  const Attribute& value = attributes_.at(attribute);
  const auto* whole = std::get_if<int64_t>(&value);
  return whole ? static_cast<double>(*whole) : std::get<double>(value);
}

std::string OnnxLayer::step(const char* op, const std::vector<std::string>& from, const char* ending) const {
  const std::string tensor = name + ending;
  out.add(op, from, tensor);
  return tensor;
}

namespace {

void add_window(OnnxNodeWriter& node, const OnnxLayer& layer) {
  node.integers("kernel_shape", {layer.integer("kernel_h"), layer.integer("kernel_w")})
      .integers("strides", {layer.integer("stride_h"), layer.integer("stride_w")});
  if (layer.has("padding"))
    node.text("auto_pad", "SAME_UPPER");
  else
    node.integers("pads", {layer.integer("pad_top"), layer.integer("pad_left"), layer.integer("pad_bottom"),
                           layer.integer("pad_right")});
}

void write_conv(const OnnxLayer& layer) {
  // ConvNeXt publishes matrices for 1x1 convolutions.
  const Shape weight{layer.integer("outputs"), layer.integer("inputs") / layer.integer("groups"),
                     layer.integer("kernel_h"), layer.integer("kernel_w")};
  std::vector<std::string> inputs{layer.inputs[0], layer.out.parameter(layer.id, "weight", weight)};
  if (layer.integer("bias")) inputs.push_back(layer.out.parameter(layer.id, "bias"));
  OnnxNodeWriter node = layer.add("Conv", inputs);
  node.integers("dilations", {layer.integer("dilation_h"), layer.integer("dilation_w")})
      .integer("group", layer.integer("groups"));
  add_window(node, layer);
}

void write_dense(const OnnxLayer& layer) {
  std::vector<std::string> inputs{layer.inputs[0], layer.out.parameter(layer.id, "weight")};
  if (layer.integer("bias")) inputs.push_back(layer.out.parameter(layer.id, "bias"));
  layer.add("Gemm", inputs).integer("transB", 1);
}

void write_batch_norm(const OnnxLayer& layer) {
  std::vector<std::string> inputs{layer.inputs[0]};
  for (const char* parameter : {"weight", "bias", "running_mean", "running_var"})
    inputs.push_back(layer.out.parameter(layer.id, parameter));
  layer.add("BatchNormalization", inputs)
      .real("epsilon", layer.real("epsilon"))
      .real("momentum", 1 - layer.real("momentum"));
}

void write_layer_norm(const OnnxLayer& layer) {
  const std::string weight = layer.out.parameter(layer.id, "weight"),
                    bias = layer.out.parameter(layer.id, "bias");
  const auto norm = [&](const std::string& x, const std::string& y) {
    layer.out.add("LayerNormalization", {x, weight, bias}, y)
        .integer("axis", -1)
        .real("epsilon", layer.real("epsilon"));
  };
  if (layer.x.rank() == 2) return norm(layer.inputs[0], layer.name);
  const std::string before = layer.name + ".channels_last", after = layer.name + ".normalised";
  layer.out.add("Transpose", {layer.inputs[0]}, before).integers("perm", {0, 2, 3, 1});
  norm(before, after);
  layer.add("Transpose", {after}).integers("perm", {0, 3, 1, 2});
}

void write_local_response_norm(const OnnxLayer& layer) {
  layer.add("LRN", layer.inputs)
      .integer("size", layer.integer("size"))
      .real("alpha", layer.real("alpha"))
      .real("beta", layer.real("beta"))
      .real("bias", layer.real("k"));
}

void write_max_pool(const OnnxLayer& layer) {
  OnnxNodeWriter node = layer.add("MaxPool", layer.inputs);
  add_window(node, layer);
  node.integer("ceil_mode", layer.integer("ceil_mode"));
}

void write_average_pool(const OnnxLayer& layer) {
  OnnxNodeWriter node = layer.add("AveragePool", layer.inputs);
  add_window(node, layer);
  node.integer("ceil_mode", layer.integer("ceil_mode"))
      .integer("count_include_pad", layer.integer("count_padding"));
}

void write_adaptive_pool(const OnnxLayer& layer) {
  const int64_t p = layer.integer("p"), q = layer.integer("q"), h = layer.x.h(), w = layer.x.w();
  if (p == 1 && q == 1) {
    layer.add("GlobalAveragePool", layer.inputs);
    return;
  }
  GRAFT_CHECK(h % p == 0 && w % q == 0, call, "pools ", h, "x", w, " to ", p, "x", q,
              ", which ONNX cannot say");
  layer.add("AveragePool", layer.inputs)
      .integers("kernel_shape", {h / p, w / q})
      .integers("strides", {h / p, w / q});
}

// Whether the dense layer behind a flattened map has its columns in ONNX's order, C,H,W.
bool columns_are_chw(const Graph& graph, NodeId flatten) {
  std::vector<bool> behind(graph.size(), false);
  behind[flatten] = true;
  for (NodeId id = flatten + 1; id < graph.size(); ++id)
    for (NodeId input : graph[id].inputs) {
      if (!behind[input]) continue;
      if (const auto* dense = dynamic_cast<const Dense*>(graph[id].layer.get()))
        return dense->flattened().rank() == 3;
      behind[id] = true;
    }
  return false;
}

void write_flatten(const OnnxLayer& layer) {
  std::vector<std::string> inputs = layer.inputs;
  const bool map = layer.x.rank() == 4 && layer.x.h() * layer.x.w() > 1;
  if (map && !columns_are_chw(layer.out.model().graph, layer.id)) {
    const std::string before = layer.name + ".channels_last";
    layer.out.add("Transpose", inputs, before).integers("perm", {0, 2, 3, 1});
    inputs = {before};
  }
  layer.add("Flatten", inputs).integer("axis", 1);
}

constexpr OnnxLayerEntry entries[] = {
    {"conv", write_conv},
    {"dense", write_dense},
    {"batch_norm", write_batch_norm},
    {"layer_norm", write_layer_norm},
    {"local_response_norm", write_local_response_norm},
    {"max_pool", write_max_pool},
    {"average_pool", write_average_pool},
    {"adaptive_average_pool", write_adaptive_pool},
    {"flatten", write_flatten},
};

}  // namespace

std::span<const OnnxLayerEntry> onnx_layers_with_windows() { return entries; }

void write_onnx_layer(OnnxWriter& out, NodeId id) {
  const Node& node = out.model().graph[id];
  out.set_tensor(id, node.name);
  for (const auto& entries : {onnx_layers_with_windows(), onnx_layers_of_pixels()})
    for (const OnnxLayerEntry& entry : entries) {
      if (entry.type != node.layer->type()) continue;
      try {
        return entry.write(OnnxLayer(out, id));
      } catch (const Error& error) {
        fail(error.code(), "layer '", node.name, "' ", error.what());
      }
    }
  fail(ErrorCode::call, "layer '", node.name, "': a ", node.layer->type(), " has no counterpart in ONNX");
}

}  // namespace graft
