#include "transfer/graphs/keras/keras_weights.h"

#include "engine/check.h"
#include "transfer/graphs/keras/keras_names.h"
#include "transfer/graphs/keras/keras_variables.h"
#include "transfer/weights/tensor_values.h"

namespace graft {
namespace {

constexpr std::string_view root = "model_weights";

// Keras 3 calls every kernel so.
bool same_variable(std::string_view found, std::string_view wanted) {
  return found == wanted || (wanted == "depthwise_kernel" && found == "kernel");
}

bool belongs_to(std::string_view weight, std::string_view layer) {
  const std::string_view owner = keras_layer_of(weight);
  return owner == layer || (owner.ends_with(layer) && owner[owner.size() - layer.size() - 1] == '/');
}

}  // namespace

std::string KerasWeights::path_of(const KerasLayer& layer, std::string_view variable, int number) {
  if (order_ == Order::by_number) return layer.path + "/vars/" + std::to_string(number);
  const std::string group = std::string(root) + "/" + layer.group;
  const bool nested = layer.group != layer.name;
  for (const std::string_view weight : keras_name_list(file_, group, "weight_names"))
    if (same_variable(keras_variable_of(weight), variable) && (!nested || belongs_to(weight, layer.name)))
      return group + "/" + std::string(weight);
  fail(ErrorCode::format, file_.file().name, ": has no ", variable, " of layer '", printable(layer.name),
       "'");
}

HostTensor KerasWeights::read(const KerasLayer& layer, std::string_view variable, int number) {
  const NamedTensor tensor = file_.dataset(path_of(layer, variable, number));
  const uint64_t bytes = tensor.shape.count() * size_of(tensor.dtype);
  GRAFT_CHECK(bytes <= bytes_left_, format, file_.file().name,
              ": its layers have more weights than the file has bytes; it is damaged");
  bytes_left_ -= bytes;
  const NamedTensor ours = keras_layout(tensor, variable);
  return HostTensor::from(ours.shape, to_float32(ours));
}

}  // namespace graft
