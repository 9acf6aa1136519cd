#include "transfer/graphs/caffe/prototxt.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/text_format.h>

#include <algorithm>

#include "transfer/graphs/caffe/layer_form.h"
#include "transfer/weights/utf8.h"

namespace graft {

namespace {

namespace pb = google::protobuf;

constexpr size_t most_bytes = size_t{4} << 20;
constexpr int most_messages = 100000, deepest = 16;

std::string_view after_space_and_comments(std::string_view text) {
  for (;;) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    if (!text.starts_with('#')) return text;
    text.remove_prefix(std::min(text.find('\n'), text.size()));
  }
}

// How far each place is nested, without strings and comments: what the parser's memory and stack depend on.
void check_braces(const FileBytes& file) {
  const std::string_view text = as_text(file.bytes);
  int depth = 0, messages = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '#') {
      i = std::min(text.find('\n', i), text.size());
    } else if (c == '"' || c == '\'') {
      while (++i < text.size() && text[i] != c && text[i] != '\n')
        if (text[i] == '\\') ++i;
    } else if (c == '{' || c == '<' || c == '[') {
      GRAFT_CHECK(++depth <= deepest && ++messages <= most_messages, format, file.name,
                  ": has more messages than any network, or deeper ones");
    } else if (c == '}' || c == '>' || c == ']') {
      --depth;
    }
  }
}

// What the parser has to say: its first error; and fields that we have no name for, where they could matter.
class Messages final : public pb::io::ErrorCollector {
 public:
  explicit Messages(const CaffeNetwork& network) : file_(network.file) {}

  void AddError(int line, int column, const std::string& message) override {
    if (error_.empty()) error_ = text("line ", line + 1, ", column ", column + 1, ": ", printable(message));
  }
  // A layer's own fields belong to layers of other types or to training; a parameter's may change what is
  // computed.
  void AddWarning(int line, int, const std::string& message) override {
    constexpr std::string_view harmless[] = {"engine",      "filler",          "weight_filler",
                                             "bias_filler", "force_nd_im2col", "stable_prod_grad"};
    const bool may_matter = message.find("Parameter\" has no field") != message.npos &&
                            message.find(".LayerParameter\"") == message.npos &&
                            message.find("V1LayerParameter\"") == message.npos &&
                            message.find("NetParameter\"") == message.npos &&
                            message.find("TransformationParameter\"") == message.npos;
    for (const std::string_view name : harmless)
      if (message.find(text("named \"", name, "\"")) != message.npos) return;
    if (may_matter && notes_.size() < 20)
      notes_.push_back(text(file_, " line ", line + 1, ": left out: ", printable(message)));
  }

  const std::string& error() const { return error_; }
  std::vector<std::string> take_notes() { return std::move(notes_); }

 private:
  std::string file_, error_;
  std::vector<std::string> notes_;
};

caffe::NetParameter parse(const FileBytes& file, CaffeNetwork& network) {
  GRAFT_CHECK(file.bytes.size() <= most_bytes, format, file.name, ": has ", file.bytes.size(),
              " bytes; a network's description has at most ", most_bytes);
  check_braces(file);
  Messages messages(network);
  pb::TextFormat::Parser parser;
  parser.RecordErrorsTo(&messages);
  parser.AllowUnknownField(true);
  parser.AllowUnknownExtension(true);
  parser.SetRecursionLimit(deepest);
  pb::io::ArrayInputStream in(file.bytes.data(), static_cast<int>(file.bytes.size()));
  caffe::NetParameter net;
  GRAFT_CHECK(parser.Parse(&in, &net), format, file.name, ": ", messages.error());
  network.notes = messages.take_notes();
  return net;
}

template <class Dims>
Shape shape_of(const std::string& file, const Dims& dims) {
  GRAFT_CHECK(dims.size() == 4, format, file, ": its input has ", dims.size(),
              " sizes; graft reads images, whose sizes are N, C, H and W");
  return {dims[0], dims[1], dims[2], dims[3]};
}

Shape shape_of_data(const std::string& file, const caffe::LayerParameter& layer) {
  if (layer.type() == "Input") {
    GRAFT_CHECK(layer.input_param().shape_size() >= 1, format, file, ": input '", printable(layer.name()),
                "' has no shape");
    return shape_of(file, layer.input_param().shape(0).dim());
  }
  if (layer.type() == "MemoryData") {
    const caffe::MemoryDataParameter& p = layer.memory_data_param();
    return shape_of(
        file, std::vector<int64_t>{1, static_cast<int64_t>(p.channels()), static_cast<int64_t>(p.height()),
                                   static_cast<int64_t>(p.width())});
  }
  const auto crop = static_cast<int64_t>(layer.transform_param().crop_size());
  GRAFT_CHECK(crop > 0, format, file, ": layer '", printable(layer.name()), "' (", printable(layer.type()),
              ") does not say its images' size; name a .prototxt for deployment, with an Input layer");
  return {1, layer.transform_param().mean_value_size() == 1 ? 1 : 3, crop, crop};
}

void set_input(CaffeNetwork& network, const std::string& blob, const Shape& shape) {
  GRAFT_CHECK(network.input.empty() && network.input_shape.rank() == 0, format, network.file,
              ": has the inputs '", printable(network.input), "' and '", printable(blob),
              "'; graft reads one image");
  network.input = blob;
  network.input_shape = shape;
}

void take_declared_input(CaffeNetwork& network, const caffe::NetParameter& net) {
  GRAFT_CHECK(net.input_size() <= 1, format, network.file, ": has ", net.input_size(),
              " inputs; graft reads one image");
  if (net.input_size() == 0) return;
  set_input(network, net.input(0),
            net.input_shape_size() > 0 ? shape_of(network.file, net.input_shape(0).dim())
                                       : shape_of(network.file, net.input_dim()));
}

}  // namespace

bool looks_like_prototxt(std::span<const std::byte> bytes) {
  constexpr size_t enough = 65536;
  std::string_view text = after_space_and_comments(as_text(bytes.first(std::min(bytes.size(), enough))));
  for (const std::string_view field : {"name", "input_shape", "input_dim", "input", "layers", "layer",
                                       "force_backward", "state", "debug_info"}) {
    if (!text.starts_with(field)) continue;
    const std::string_view rest = after_space_and_comments(text.substr(field.size()));
    if (rest.starts_with(':') || rest.starts_with('{')) return true;
  }
  return false;
}

CaffeNetwork read_prototxt(const FileBytes& file) {
  CaffeNetwork network{.file = file.name,
                       .name = {},
                       .input = {},
                       .input_shape = {},
                       .layers = {},
                       .transform = {},
                       .notes = {}};
  const caffe::NetParameter net = parse(file, network);
  network.name = is_utf8(net.name()) ? printable(net.name()) : std::string();
  take_declared_input(network, net);
  std::vector<caffe::LayerParameter> layers(net.layer().begin(), net.layer().end());
  for (const caffe::V1LayerParameter& old : net.layers()) layers.push_back(newer_form(old));
  for (caffe::LayerParameter& layer : layers) {
    if (!is_tested_layer(layer)) continue;
    if (!brings_data(layer)) {
      network.layers.push_back(std::move(layer));
      continue;
    }
    GRAFT_CHECK(layer.top_size() > 0, format, file.name, ": layer '", printable(layer.name()),
                "' has no top");
    set_input(network, layer.top(0), shape_of_data(file.name, layer));
    if (layer.has_transform_param()) network.transform = layer.transform_param();
  }
  GRAFT_CHECK(network.input_shape.rank() == 4, format, file.name,
              ": has no input; name a .prototxt for deployment, with an Input layer");
  return network;
}

}  // namespace graft
