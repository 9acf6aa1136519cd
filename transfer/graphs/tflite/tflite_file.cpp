#include "transfer/graphs/tflite/tflite_file.h"

#include <algorithm>
#include <span>

#include "engine/check.h"
#include "transfer/graphs/tflite/tflite_names.h"
#include "transfer/graphs/tflite/tflite_ops.h"

namespace graft {
namespace {

// Whether an op makes of a map of one pixel what it makes of a vector.
bool keeps_one_pixel(TfliteOp op) {
  return op == TfliteOp::fully_connected || op == TfliteOp::relu || op == TfliteOp::relu6 ||
         op == TfliteOp::logistic || op == TfliteOp::hard_swish || op == TfliteOp::dequantize ||
         op == TfliteOp::quantize;
}

bool has_weights(TfliteOp op) {
  return op == TfliteOp::conv_2d || op == TfliteOp::depthwise_conv_2d || op == TfliteOp::fully_connected ||
         op == TfliteOp::prelu;
}

// Pixels that a quantised input's numbers stand for: uint8 is the pixel, int8 the pixel less 128.
TfValue::Pixels pixels_of(const TfliteTensor& input) {
  TfValue::Pixels pixels;
  enum { uint8 = 3, int8 = 9 };
  if (!input.quantised() || (input.type != uint8 && input.type != int8)) return pixels;
  const double scale = input.scale[0], zero = static_cast<double>(input.zero.empty() ? 0 : input.zero[0]);
  pixels.scale.fill(scale);
  pixels.offset.fill(-scale * (zero + (input.type == int8 ? 128 : 0)));
  return pixels;
}

Shape input_shape(const TfliteModel& model) {
  GRAFT_CHECK(model.inputs().size() == 1, format, model.file().name, ": has ", model.inputs().size(),
              " inputs; graft reads networks of one image");
  Shape shape;
  const std::vector<int64_t>& sizes = model.tensors()[static_cast<size_t>(model.inputs()[0])].shape;
  GRAFT_CHECK(sizes.size() == 4, format, model.file().name, ": its input has ", sizes.size(),
              " sizes; graft reads batch, height, width, channels");
  for (const int64_t size : sizes) shape.push_back(std::max<int64_t>(size, 0));
  return shape;
}

class Reader {
 public:
  Reader(TfliteModel& model)
      : model_(model),
        net_(model.file().name, "TensorFlow Lite", input_shape(model)),
        values_(model.tensors().size()),
        maker_(model.tensors().size(), -1),
        kept_maps_(model.tensors().size(), false) {
    const int input = model.inputs()[0];
    values_[static_cast<size_t>(input)] =
        TfValue{.pixels = pixels_of(model.tensors()[static_cast<size_t>(input)])};
    for (size_t i = 0; i < model.nodes().size(); ++i)
      for (const int output : model.nodes()[i].outputs)
        maker_[static_cast<size_t>(output)] = static_cast<int>(i);
  }

  FileGraph read(const std::vector<std::string>& names) && {
    const std::vector<int> outputs = wanted(names);
    const std::vector<bool> needed = needed_nodes(outputs);
    find_one_pixel_maps();
    for (size_t i = 0; i < model_.nodes().size(); ++i)
      if (needed[i]) add(model_.nodes()[i]);
    describe(needed);
    std::vector<TfValue> ends;
    for (const int output : outputs)
      ends.push_back(value(output, model_.tensors()[static_cast<size_t>(output)].name));
    return std::move(net_).finish(ends);
  }

 private:
  std::string layer_name(const TfliteNode& node) const {
    const int weight = has_weights(node.op) && node.inputs.size() > 1 ? constant_of(node.inputs[1]) : -1;
    return tflite_layer_name(
        model_.tensors()[static_cast<size_t>(weight >= 0 ? weight : node.outputs[0])].name);
  }

  // What a node computes with: of a reshape not the sizes, which stand in its output, too.
  static std::span<const int> operands(const TfliteNode& node) {
    return std::span(node.inputs)
        .first(node.op == TfliteOp::reshape ? std::min<size_t>(node.inputs.size(), 1) : node.inputs.size());
  }

  // The constant that a tensor is, or is dequantised from; -1 where it is none.
  int constant_of(int tensor) const {
    for (int steps = 0; tensor >= 0 && steps < 4; ++steps) {
      if (!model_.tensors()[static_cast<size_t>(tensor)].data.empty()) return tensor;
      const int maker = maker_[static_cast<size_t>(tensor)];
      if (maker < 0 || model_.nodes()[static_cast<size_t>(maker)].op != TfliteOp::dequantize ||
          model_.nodes()[static_cast<size_t>(maker)].inputs.empty())
        return -1;
      tensor = model_.nodes()[static_cast<size_t>(maker)].inputs[0];
    }
    return -1;
  }

  std::vector<int> wanted(const std::vector<std::string>& names) const {
    if (names.empty()) return model_.outputs();
    std::vector<int> outputs;
    for (const std::string& name : names) {
      int found = -1;
      for (const TfliteNode& node : model_.nodes())
        for (const int output : node.outputs)
          if (model_.tensors()[static_cast<size_t>(output)].name == name || layer_name(node) == name)
            found = output;
      GRAFT_CHECK(found >= 0, call, "--outputs ", name, ": ", model_.file().name,
                  " has no such tensor or layer");
      outputs.push_back(found);
    }
    return outputs;
  }

  std::vector<bool> needed_nodes(const std::vector<int>& outputs) const {
    std::vector<bool> tensors(model_.tensors().size(), false), nodes(model_.nodes().size(), false);
    for (const int output : outputs) tensors[static_cast<size_t>(output)] = true;
    for (size_t i = nodes.size(); i-- > 0;) {
      const TfliteNode& node = model_.nodes()[i];
      nodes[i] = std::any_of(node.outputs.begin(), node.outputs.end(),
                             [&](int output) { return tensors[static_cast<size_t>(output)]; }) &&
                 constant_of(node.outputs[0]) < 0;
      if (nodes[i])
        for (const int input : operands(node))
          if (input >= 0) tensors[static_cast<size_t>(input)] = true;
    }
    return nodes;
  }

  // Tensors that are reshaped to a map of one pixel in the end: the matrices in front are convolutions then.
  void find_one_pixel_maps() {
    for (size_t i = model_.nodes().size(); i-- > 0;) {
      const TfliteNode& node = model_.nodes()[i];
      if (node.outputs.empty()) continue;
      const auto output = static_cast<size_t>(node.outputs[0]);
      const bool to_map = node.op == TfliteOp::reshape && model_.tensors()[output].shape.size() == 4;
      if (to_map || (kept_maps_[output] && keeps_one_pixel(node.op)))
        for (const int input : operands(node))
          if (input >= 0) kept_maps_[static_cast<size_t>(input)] = true;
    }
  }

  const TfValue& value(int tensor, std::string_view reader) const {
    const std::optional<TfValue>& found = values_[static_cast<size_t>(tensor)];
    if (!found)
      net_.fail_at(reader, "reads '" + printable(model_.tensors()[static_cast<size_t>(tensor)].name) +
                               "', which no node before it makes");
    return *found;
  }

  void add(const TfliteNode& node) {
    if (node.outputs.empty() || node.inputs.empty())
      net_.fail_at(tflite_op_name(static_cast<int>(node.op)),
                   "has no input or no output; the file is damaged");
    TfliteBuild build{
        net_, model_, node, layer_name(node), {}, {}, kept_maps_[static_cast<size_t>(node.outputs[0])]};
    for (const int input : operands(node)) {
      build.constants.push_back(constant_of(input));
      const bool left_away = input < 0 || build.constants.back() >= 0;
      build.inputs.push_back(left_away ? TfValue() : value(input, build.name));
    }
    values_[static_cast<size_t>(node.outputs[0])] = add_tflite_op(build);
  }

  void describe(const std::vector<bool>& needed) {
    FileGraph& out = net_.writer().description();
    if (model_.name() != "main") out.name = printable(model_.name());
    const bool quantised =
        std::any_of(model_.nodes().begin(), model_.nodes().end(), [&](const TfliteNode& node) {
          const int weight =
              has_weights(node.op) && node.inputs.size() > 1 ? constant_of(node.inputs[1]) : -1;
          return weight >= 0 && model_.tensors()[static_cast<size_t>(weight)].quantised() &&
                 needed[static_cast<size_t>(&node - model_.nodes().data())];
        });
    if (quantised)
      net_.writer().note("its weights are quantised; graft computes with the numbers they stand for");
  }

  TfliteModel& model_;
  TfNet net_;
  std::vector<std::optional<TfValue>> values_;  // by tensor
  std::vector<int> maker_;                      // by tensor: the node, or -1
  std::vector<bool> kept_maps_;                 // by tensor: a vector that is to be a map of one pixel
};

}  // namespace

bool recognises_tflite(const FileBytes& file) {
  constexpr size_t place = 4;
  const std::string_view content = as_text(file.bytes);
  return content.size() > place && content.substr(place).starts_with("TFL3");
}

SourceFile read_tflite(const FileBytes& file, const SourceOptions& options) {
  GRAFT_CHECK(options.graph.empty(), call, "--graph: ", file.name,
              " is one file of TensorFlow Lite's, not one of a pair");
  TfliteModel model(file);
  return Reader(model).read(options.outputs);
}

}  // namespace graft
