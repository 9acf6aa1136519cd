#include "transfer/model/model_file.h"

#include "engine/check.h"
#include "layers/registry.h"
#include "transfer/model/host_tensors.h"
#include "transfer/weights/safetensors.h"

#include <nlohmann/json.hpp>

namespace graft {

namespace {

using nlohmann::json;
constexpr const char* version_key = "graft.version";
constexpr const char* model_key = "graft.model";

json attribute_json(const Attribute& attribute) {
  return std::visit([](const auto& value) { return json(value); }, attribute);
}

Attribute attribute_from(const json& value) {
  if (value.is_number_integer()) return value.get<int64_t>();
  if (value.is_number()) return value.get<double>();
  return value.get<std::string>();
}

json layers_json(const Graph& graph) {
  json layers = json::array();
  for (NodeId id = 1; id < graph.size(); ++id) {
    const Node& node = graph[id];
    json attributes = json::object();
    for (const auto& [name, value] : node.layer->attributes()) attributes[name] = attribute_json(value);
    layers.push_back({{"name", node.name},
                      {"type", node.layer->type()},
                      {"inputs", node.inputs},
                      {"attributes", attributes},
                      {"trainable", node.trainable}});
  }
  return layers;
}

Graph graph_from(const json& model) {
  Graph graph(model.at("input_channels").get<int64_t>());
  for (const json& layer : model.at("layers")) {
    Attributes attributes;
    for (const auto& [name, value] : layer.at("attributes").items())
      attributes.emplace_back(name, attribute_from(value));
    const auto name = layer.at("name").get<std::string>();
    try {
      const NodeId id = graph.add(name, make_layer(layer.at("type").get<std::string>(), attributes),
                                  layer.at("inputs").get<std::vector<NodeId>>());
      graph.set_trainable(id, layer.at("trainable").get<bool>());
    } catch (const Error& error) {
      fail(ErrorCode::format, "layer '", name, "': ", error.what());
    }
  }
  GRAFT_CHECK(graph.size() > 1, format, "the model has no layer");
  return graph;
}

json points_json(const std::vector<FreezePoint>& points) {
  json list = json::array();
  for (const FreezePoint& point : points) list.push_back(point.prefixes);
  return list;
}

ModelData model_from(const json& model) {
  ModelData data{.arch = model.at("arch").get<std::string>(),
                 .graph = graph_from(model),
                 .weights = {},
                 .head = model.at("head").get<std::string>(),
                 .freeze_points = {},
                 .classes = model.at("classes").get<std::vector<std::string>>(),
                 .preprocessing = model.at("preprocessing").get<std::string>(),
                 .image_size = model.at("image_size").get<int>()};
  for (const json& point : model.at("freeze_points"))
    data.freeze_points.push_back({point.get<std::vector<std::string>>()});
  for (const FreezePoint& point : data.freeze_points)
    GRAFT_CHECK(!point.prefixes.empty(), format, "a freeze point names no layer");
  GRAFT_CHECK(data.image_size >= 1 && data.image_size <= 1 << 14, format, "image_size is ", data.image_size);
  GRAFT_CHECK(data.classes.empty() || static_cast<int64_t>(data.classes.size()) == data.output_count(),
              format, "there are ", data.classes.size(), " class names for ", data.output_count(),
              " outputs");
  return data;
}

std::map<std::string, std::string> metadata_of(const ModelData& model) {
  const json description{{"arch", model.arch},
                         {"head", model.head},
                         {"image_size", model.image_size},
                         {"preprocessing", model.preprocessing},
                         {"classes", model.classes},
                         {"freeze_points", points_json(model.freeze_points)},
                         {"input_channels", model.graph.input_channels()},
                         {"layers", layers_json(model.graph)}};
  return {{version_key, std::to_string(model_format_version)},
          {model_key, description.dump(-1, ' ', false, json::error_handler_t::replace)}};
}

void check_version(const TensorFile& file, const std::string& written) {
  int version = 0;
  for (char digit : written.substr(0, 6))
    version = digit >= '0' && digit <= '9' ? version * 10 + (digit - '0') : -1000000;
  GRAFT_CHECK(version >= 1, format, file.name(), ": model format version '", written.substr(0, 16),
              "' is not a number");
  GRAFT_CHECK(version <= model_format_version, version, file.name(), ": model format ", version,
              " is newer than this program's ", model_format_version, "; update graft");
}

}  // namespace

bool is_model_file(const TensorFile& file) { return file.metadata().contains(version_key); }

ModelData read_model(const TensorFile& file) {
  GRAFT_CHECK(is_model_file(file), format, file.name(),
              ": not a .graft model; pretrained weights are given with --weights");
  check_version(file, file.metadata().at(version_key));
  const auto found = file.metadata().find(model_key);
  GRAFT_CHECK(found != file.metadata().end(), format, file.name(), ": the model's description is missing");
  ModelData model;
  try {
    model = model_from(json::parse(found->second));
  } catch (const json::exception& error) {
    fail(ErrorCode::format, file.name(), ": the model's description is damaged (", error.what(), ")");
  } catch (const Error& error) {
    fail(error.code(), file.name(), ": ", error.what());
  }
  for (NodeId id = 1; id < model.graph.size(); ++id) {
    for (const ParameterSpec& spec : model.graph[id].layer->parameters()) {
      const std::string name = parameter_name(model.graph[id], spec);
      const NamedTensor& tensor = file.at(name);
      GRAFT_CHECK(tensor.shape == spec.shape, shape, file.name(), ": tensor '", name, "' is ", tensor.shape,
                  "; the layer needs ", spec.shape);
      model.weights[name] = host_tensor(file, tensor);
    }
  }
  return model;
}

void write_model(const ModelData& model, const std::filesystem::path& path) {
  write_safetensors(path, named_tensors(model.weights), metadata_of(model));
}

std::vector<std::byte> model_bytes(const ModelData& model) {
  return safetensors_bytes(named_tensors(model.weights), metadata_of(model));
}

}  // namespace graft
