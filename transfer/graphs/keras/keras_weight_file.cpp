#include "transfer/graphs/keras/keras_weight_file.h"

#include <algorithm>

#include "engine/check.h"
#include "transfer/graphs/keras/keras_names.h"
#include "transfer/graphs/keras/keras_variables.h"

namespace graft {
namespace {

constexpr std::string_view numbered_root = "layers";

// Both halves of a separable convolution have a kernel; its bias is the second one's.
std::string tensor_name(std::string_view layer, std::string_view variable, bool separable) {
  std::string name(layer);
  if (separable) name += variable == "depthwise_kernel" ? ".depthwise" : ".pointwise";
  return name.append(".").append(graft_name(variable));
}

NamedTensor tensor_of(Hdf5File& file, const std::string& path, std::string_view layer,
                      std::string_view variable, bool separable) {
  NamedTensor tensor = keras_layout(file.dataset(path), variable);
  tensor.name = tensor_name(layer, variable, separable);
  return tensor;
}

// A group is one layer, or a model with several; then each weight says whose it is.
void add_named(Hdf5File& file, std::string_view group, std::vector<NamedTensor>& tensors) {
  const std::vector<std::string_view> weights = keras_name_list(file, group, "weight_names");
  const auto is = [&](std::string_view variable) {
    return std::any_of(weights.begin(), weights.end(),
                       [&](std::string_view weight) { return keras_variable_of(weight) == variable; });
  };
  const bool one_layer = std::all_of(weights.begin(), weights.end(), [&](std::string_view weight) {
    return keras_layer_of(weight) == keras_layer_of(weights[0]);
  });
  for (const std::string_view weight : weights) {
    std::string_view layer = one_layer ? group : keras_layer_of(weight);
    if (layer.starts_with(group) && layer.substr(group.size()).starts_with('/'))
      layer.remove_prefix(group.size() + 1);
    tensors.push_back(tensor_of(file, std::string(group) + "/" + std::string(weight), layer,
                                keras_variable_of(weight), one_layer && is("pointwise_kernel")));
  }
}

// "batch_normalization_12" -> the variables of BatchNormalization.
std::span<const std::string_view> variables_of_group(std::string_view group) {
  const std::span<const std::string_view> whole = keras_variables_of_group(group);
  const size_t digits = group.find_last_not_of("0123456789");
  if (!whole.empty() || digits == group.npos || group[digits] != '_') return whole;
  return keras_variables_of_group(group.substr(0, digits));
}

// A batch norm may lack its first two variables, any other layer its last.
void add_numbered(Hdf5File& file, const std::string& group, std::string_view name,
                  std::vector<NamedTensor>& tensors) {
  const std::string vars = group + "/vars";
  if (!file.has(vars)) return;
  const size_t count = file.names(vars).size();
  if (count == 0) return;
  std::span<const std::string_view> variables = variables_of_group(name);
  GRAFT_CHECK(count <= variables.size(), format, file.file().name, ": ", printable(group), " has ", count,
              " variables; graft knows no such layer. Save the model whole, as .keras");
  const bool norm = variables.back() == "moving_variance";
  GRAFT_CHECK(
      !norm || count != 3, format, file.file().name, ": ", printable(group),
      " has 3 of the 4 variables of a batch norm and does not say which. Save the model whole, as .keras");
  variables = norm ? variables.last(count) : variables.first(count);
  const std::string_view given = file.text(vars, "name");
  for (size_t i = 0; i < count; ++i)
    tensors.push_back(tensor_of(file, vars + "/" + std::to_string(i), given.empty() ? name : given,
                                variables[i], variables.size() > 1 && variables[1] == "pointwise_kernel"));
}

void add_group(Hdf5File& file, const std::string& layers, int depth, std::vector<NamedTensor>& tensors) {
  constexpr int deepest = 8;
  GRAFT_CHECK(depth < deepest, format, file.file().name, ": has groups nested more than ", deepest, " deep");
  for (const std::string_view name : file.names(layers)) {
    const std::string group = layers + "/" + std::string(name);
    add_numbered(file, group, name, tensors);
    if (file.has(group + "/layers")) add_group(file, group + "/layers", depth + 1, tensors);
  }
}

}  // namespace

bool holds_keras_weights(Hdf5File& file) {
  return !keras_name_list(file, "", "layer_names").empty() || file.has(numbered_root);
}

TensorFile read_keras_weights(Hdf5File file) {
  std::vector<NamedTensor> tensors;
  const std::vector<std::string_view> layers = keras_name_list(file, "", "layer_names");
  for (const std::string_view layer : layers) add_named(file, layer, tensors);
  if (layers.empty()) add_group(file, std::string(numbered_root), 0, tensors);
  GRAFT_CHECK(!tensors.empty(), format, file.file().name, ": holds no weights");
  return TensorFile(file.file().name, "keras", std::move(tensors), {file.file().owner});
}

}  // namespace graft
