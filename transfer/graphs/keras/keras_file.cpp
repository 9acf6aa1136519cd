#include "transfer/graphs/keras/keras_file.h"

#include <algorithm>
#include <set>

#include "engine/check.h"
#include "transfer/graphs/keras/keras_layers.h"
#include "transfer/graphs/keras/keras_weight_file.h"
#include "transfer/weights/zip_archive.h"

namespace graft {
namespace {

constexpr std::string_view config_entry = "config.json", metadata_entry = "metadata.json",
                           weights_entry = "model.weights.h5";

bool is_zip(const FileBytes& file) { return as_text(file.bytes).starts_with("PK\x03\x04"); }

// Calls that the outputs depend on.
std::vector<bool> needed_calls(const KerasNetwork& network, const std::vector<size_t>& outputs) {
  std::vector<bool> needed(network.calls.size(), false);
  for (const size_t output : outputs) needed[output] = true;
  for (size_t i = network.calls.size(); i-- > 0;)
    if (needed[i])
      for (const size_t input : network.calls[i].inputs) needed[input] = true;
  return needed;
}

// A vector that is reshaped to a map of one pixel has been one all along: dense layers in front of it then
// are convolutions.
std::vector<bool> calls_that_keep_a_map(const KerasNetwork& network) {
  std::vector<bool> keeps(network.calls.size(), false);
  for (size_t i = network.calls.size(); i-- > 0;) {
    const KerasLayer& layer = network.layers[network.calls[i].layer];
    const KerasJson& target = member(*layer.config, "target_shape");
    const bool to_map = layer.type == "Reshape" && target.is_array() && target.size() == 3;
    if (to_map || (keeps[i] && keeps_one_pixel(layer.type)))
      for (const size_t input : network.calls[i].inputs) keeps[input] = true;
  }
  return keeps;
}

std::vector<size_t> wanted_outputs(const FileBytes& file, const KerasNetwork& network,
                                   const SourceOptions& options) {
  if (options.outputs.empty()) return network.outputs;
  std::vector<size_t> outputs;
  for (const std::string& name : options.outputs) {
    const auto found = std::find_if(network.calls.rbegin(), network.calls.rend(), [&](const KerasCall& call) {
      return network.layers[call.layer].name == name;
    });
    GRAFT_CHECK(found != network.calls.rend(), call, "--outputs ", name, ": ", file.name,
                " has no such layer");
    outputs.push_back(network.calls.rend() - found - 1);
  }
  return outputs;
}

class Reader {
 public:
  Reader(const FileBytes& file, const KerasNetwork& network, KerasWeights weights, int version)
      : network_(network),
        weights_(std::move(weights)),
        version_(version),
        net_(file.name, "Keras", network.input),
        values_(network.calls.size()) {}

  FileGraph read(const std::vector<size_t>& outputs) && {
    const std::vector<bool> needed = needed_calls(network_, outputs), keeps = calls_that_keep_a_map(network_);
    for (size_t i = 1; i < network_.calls.size(); ++i)
      if (needed[i]) values_[i] = add(network_.calls[i], keeps[i]);
    net_.writer().description().name = network_.name;
    if (network_.any_size)
      net_.writer().note(text("it takes pictures of any size; ", network_.input.h(), "x", network_.input.w(),
                              " is assumed"));
    std::vector<TfValue> ends;
    for (const size_t output : outputs) ends.push_back(values_[output]);
    return std::move(net_).finish(ends);
  }

 private:
  TfValue add(const KerasCall& call, bool keep_map) {
    const KerasLayer& layer = network_.layers[call.layer];
    const KerasLayerFunction function = find_keras_layer(layer.type);
    if (!function)
      net_.fail_at(layer.name, "graft has no layer for Keras's " + printable(layer.type) +
                                   "; --outputs NAME may end the network before it");
    if (member_or<std::string>(*layer.config, "data_format", "channels_last") != "channels_last")
      net_.fail_at(layer.name, "its data_format is not channels_last");
    KerasBuild build{net_, weights_, layer, call.node, {}, version_, keep_map};
    for (const size_t input : call.inputs) build.inputs.push_back(values_[input]);
    const TfValue y = function(build);
    if (!net_.writer().graph()[y.node].layer || net_.writer().graph()[y.node].layer->parameters().empty())
      return y;
    if (y.node != values_[call.inputs[0]].node && !with_weights_.insert(call.layer).second)
      net_.fail_at(layer.name, "is called twice, and graft's layers share no weights");
    return y;
  }

  const KerasNetwork& network_;
  KerasWeights weights_;
  int version_;
  TfNet net_;
  std::vector<TfValue> values_;
  std::set<size_t> with_weights_;
};

// "2.4.0" -> 2; Keras 1 wrote none at times.
int major_version(std::string_view version) {
  return !version.empty() && version[0] >= '1' && version[0] <= '9' ? version[0] - '0' : 2;
}

FileGraph read_network(const FileBytes& file, std::string_view config, std::string_view version,
                       KerasWeights weights, const SourceOptions& options) {
  try {
    const KerasJson model = parse_keras_json(file.name, config);
    const KerasNetwork network = read_keras_network(file.name, model);
    return Reader(file, network, std::move(weights), major_version(version))
        .read(wanted_outputs(file, network, options));
  } catch (const KerasJson::exception& error) {
    fail(ErrorCode::format, file.name, ": its configuration is not what Keras writes (", error.what(), ")");
  }
}

SourceFile read_archive(const FileBytes& file, const SourceOptions& options) {
  const ZipArchive archive(file);
  const auto content = [&](std::string_view name) {
    const ZipArchive::Entry* entry = archive.find(name);
    GRAFT_CHECK(entry, format, file.name, ": has no ", name, " in it");
    return archive.open(*entry);
  };
  const FileBytes config = content(config_entry), metadata = content(metadata_entry);
  const KerasJson about = parse_keras_json(file.name, as_text(metadata.bytes));
  const KerasJson& version = member(about, "keras_version");
  return read_network(file, as_text(config.bytes), version.is_string() ? version.get<std::string>() : "",
                      KerasWeights(Hdf5File(content(weights_entry)), KerasWeights::Order::by_number),
                      options);
}

SourceFile read_hdf5(const FileBytes& file, const SourceOptions& options) {
  Hdf5File content(file);
  const std::string_view config = content.text("", "model_config"),
                         version = content.text("", "keras_version");
  if (!config.empty())
    return read_network(file, config, version, KerasWeights(std::move(content), KerasWeights::Order::by_name),
                        options);
  GRAFT_CHECK(options.outputs.empty(), call, "--outputs: ", file.name,
              " holds weights without their network");
  GRAFT_CHECK(holds_keras_weights(content), format, file.name,
              ": is HDF5, but neither a model nor weights of Keras's");
  return read_keras_weights(std::move(content));
}

}  // namespace

bool recognises_keras(const FileBytes& file) {
  if (looks_like_hdf5(file.bytes)) return true;
  // Names stand as they are in a zip; whether it is sound is found out when it is read.
  return is_zip(file) && as_text(file.bytes).find(weights_entry) != std::string_view::npos &&
         as_text(file.bytes).find(config_entry) != std::string_view::npos;
}

SourceFile read_keras(const FileBytes& file, const SourceOptions& options) {
  GRAFT_CHECK(options.graph.empty(), call, "--graph: ", file.name,
              " is one file of Keras's, not one of a pair");
  return is_zip(file) ? read_archive(file, options) : read_hdf5(file, options);
}

}  // namespace graft
