#include "networks/reference_file.h"

#include <fstream>
#include <nlohmann/json.hpp>

#include "support/paths.h"
#include "support/test_data.h"
#include "transfer/model/host_tensors.h"
#include "transfer/weights/tensor_values.h"

namespace graft::test {

namespace {

using nlohmann::json;

Shape shape_from(const json& sizes) {
  Shape shape;
  for (const json& size : sizes) shape.push_back(size.get<int64_t>());
  return shape;
}

PassReference pass_from(const TensorFile& file, const std::string& pass) {
  PassReference reference;
  reference.loss = std::stod(file.metadata().at(pass + "_loss"));
  reference.float32_error = std::stod(file.metadata().at("float32_" + pass + "_error"));
  reference.logits = to_float32(file.at("reference." + pass + ".logits"));
  const std::string prefix = "reference." + pass + ".grad.";
  for (const NamedTensor& tensor : file.tensors())
    if (tensor.name.starts_with(prefix)) {
      const std::vector<float> pair = to_float32(tensor);
      reference.gradients[tensor.name.substr(prefix.size())] = {pair.at(0), pair.at(1)};
    }
  return reference;
}

}  // namespace

bool TrajectoryReference::trains(const std::string& parameter) const {
  for (const std::string& prefix : trainable)
    if (prefix == "*" || parameter.starts_with(prefix)) return true;
  return false;
}

std::optional<std::filesystem::path> zoo_file(const std::string& name) {
  namespace fs = std::filesystem;
  const fs::path own = fs::path(source_dir) / "tests" / "data" / "zoo" / name;
  if (fs::exists(own)) return own;
  const auto shared = test_data();
  if (shared && fs::exists(*shared / "zoo" / name)) return *shared / "zoo" / name;
  return std::nullopt;
}

std::optional<NetworkReference> network_reference(const std::string& arch) {
  const auto path = zoo_file(arch + ".safetensors");
  if (!path) return std::nullopt;
  const TensorFile file = read_tensor_file(*path);
  const auto& metadata = file.metadata();
  NetworkReference reference;
  reference.parameters = std::stoll(metadata.at("parameters"));
  reference.macs = std::stoll(metadata.at("macs"));
  reference.macs_input = std::stoll(metadata.at("macs_input"));
  for (const json& entry : json::parse(metadata.at("names")))
    reference.names.emplace_back(entry.at(0).get<std::string>(), shape_from(entry.at(1)));
  reference.input = shape_from(json::parse(metadata.at("input")));
  reference.labels = json::parse(metadata.at("labels")).get<std::vector<int32_t>>();
  for (const NamedTensor& tensor : file.tensors())
    if (!tensor.name.starts_with("reference.")) reference.statistics[tensor.name] = host_tensor(file, tensor);
  reference.eval = pass_from(file, "eval");
  reference.train = pass_from(file, "train");
  return reference;
}

std::vector<TrajectoryReference> trajectory_references() {
  std::vector<TrajectoryReference> list;
  const auto path = zoo_file("trajectories.json");
  if (!path) return list;
  std::ifstream in(*path);
  for (const json& entry : json::parse(in))
    list.push_back({entry.at("arch"), entry.at("point"), entry.at("optimizer"),
                    entry.at("trainable").get<std::vector<std::string>>(),
                    entry.at("losses").get<std::vector<double>>(), entry.at("float32_relative_error")});
  return list;
}

}  // namespace graft::test
