#include <cmath>

#include "transfer/export/onnx_layer.h"

namespace graft {

namespace {

void write_relu(const OnnxLayer& layer) { layer.add("Relu", layer.inputs); }
void write_sigmoid(const OnnxLayer& layer) { layer.add("Sigmoid", layer.inputs); }
void write_hard_swish(const OnnxLayer& layer) { layer.add("HardSwish", layer.inputs); }

void write_relu6(const OnnxLayer& layer) {
  layer.add("Clip", {layer.inputs[0], layer.out.number(layer.name + ".min", 0),
                     layer.out.number(layer.name + ".max", 6)});
}

void write_hard_sigmoid(const OnnxLayer& layer) {
  layer.add("HardSigmoid", layer.inputs).real("alpha", 1.0 / 6).real("beta", 0.5);
}

void write_silu(const OnnxLayer& layer) {
  layer.add("Mul", {layer.inputs[0], layer.step("Sigmoid", layer.inputs, ".sigmoid")});
}

void write_leaky_relu(const OnnxLayer& layer) {
  layer.add("LeakyRelu", layer.inputs).real("alpha", layer.real("slope"));
}

// x (1 + erf(x / sqrt 2)) / 2: Gelu is no operation of its own before opset 20.
void write_gelu(const OnnxLayer& layer) {
  const auto number = [&](const char* ending, double value) {
    return layer.out.number(layer.name + ending, static_cast<float>(value));
  };
  const std::string& x = layer.inputs[0];
  const std::string scaled = layer.step("Div", {x, number(".root", std::sqrt(2.0))}, ".scaled");
  const std::string erf = layer.step("Erf", {scaled}, ".erf");
  const std::string share = layer.step("Add", {erf, number(".one", 1)}, ".share");
  const std::string twice = layer.step("Mul", {x, share}, ".twice");
  layer.add("Mul", {twice, number(".half", 0.5)});
}

void write_prelu(const OnnxLayer& layer) {
  layer.add("PRelu", {layer.inputs[0], layer.out.parameter(layer.id, "weight", layer.by_channel())});
}

void write_scale(const OnnxLayer& layer) {
  const std::string factor = layer.out.parameter(layer.id, "weight", layer.by_channel());
  if (!layer.integer("bias")) {
    layer.add("Mul", {layer.inputs[0], factor});
    return;
  }
  const std::string scaled = layer.step("Mul", {layer.inputs[0], factor}, ".scaled");
  layer.add("Add", {scaled, layer.out.parameter(layer.id, "bias", layer.by_channel())});
}

void write_layer_scale(const OnnxLayer& layer) {
  layer.add("Mul", {layer.inputs[0], layer.out.parameter(layer.id, "layer_scale", layer.by_channel())});
}

void write_add(const OnnxLayer& layer) { layer.add("Add", layer.inputs); }
void write_multiply(const OnnxLayer& layer) { layer.add("Mul", layer.inputs); }
void write_concat(const OnnxLayer& layer) { layer.add("Concat", layer.inputs).integer("axis", 1); }

void write_dropout(const OnnxLayer& layer) {
  layer.add("Dropout", {layer.inputs[0], layer.out.number(layer.name + ".ratio",
                                                          static_cast<float>(layer.real("probability")))});
}

void write_slice(const OnnxLayer& layer) {
  const int64_t first = layer.integer("first"), end = first + layer.integer("count");
  layer.add("Slice", {layer.inputs[0], layer.out.whole_numbers(layer.name + ".start", {first}),
                      layer.out.whole_numbers(layer.name + ".end", {end}),
                      layer.out.whole_numbers(layer.name + ".axis", {1})});
}

void write_channel_shuffle(const OnnxLayer& layer) {
  const int64_t groups = layer.integer("groups"), each = layer.channels() / groups;
  const int64_t h = layer.x.h(), w = layer.x.w();
  const std::string sizes = layer.out.whole_numbers(layer.name + ".group_sizes", {0, groups, each, h, w});
  const std::string apart = layer.step("Reshape", {layer.inputs[0], sizes}, ".groups");
  const std::string swapped = layer.name + ".swapped";
  layer.out.add("Transpose", {apart}, swapped).integers("perm", {0, 2, 1, 3, 4});
  layer.add("Reshape",
            {swapped, layer.out.whole_numbers(layer.name + ".sizes", {0, layer.channels(), h, w})});
}

void write_upsample(const OnnxLayer& layer) {
  const auto factor = static_cast<float>(layer.integer("factor"));
  const float scales[] = {1, 1, factor, factor};
  layer.add("Resize", {layer.inputs[0], "", layer.out.constant(layer.name + ".scales", {4}, scales)})
      .text("mode", "nearest")
      .text("coordinate_transformation_mode", "asymmetric")
      .text("nearest_mode", "floor");
}

constexpr OnnxLayerEntry entries[] = {
    {"relu", write_relu},
    {"relu6", write_relu6},
    {"sigmoid", write_sigmoid},
    {"silu", write_silu},
    {"hard_sigmoid", write_hard_sigmoid},
    {"hard_swish", write_hard_swish},
    {"leaky_relu", write_leaky_relu},
    {"gelu", write_gelu},
    {"prelu", write_prelu},
    {"scale", write_scale},
    {"layer_scale", write_layer_scale},
    {"add", write_add},
    {"multiply", write_multiply},
    {"concat", write_concat},
    {"dropout", write_dropout},
    {"slice", write_slice},
    {"channel_shuffle", write_channel_shuffle},
    {"upsample", write_upsample},
};

}  // namespace

std::span<const OnnxLayerEntry> onnx_layers_of_pixels() { return entries; }

}  // namespace graft
