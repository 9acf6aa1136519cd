#include "transfer/model/host_tensors.h"

#include "transfer/weights/tensor_values.h"

namespace graft {

HostTensor host_tensor(const TensorFile& file, const NamedTensor& tensor) {
  auto storage = std::make_shared<std::vector<float>>();
  const std::span<const float> values = as_float32(tensor, *storage);
  if (!storage->empty()) return {tensor.shape, values.data(), storage};
  return {tensor.shape, values.data(), file.owner()};
}

std::vector<NamedTensor> named_tensors(const Weights& weights, const std::string& prefix) {
  std::vector<NamedTensor> tensors;
  for (const auto& [name, tensor] : weights)
    tensors.push_back({.name = prefix + name,
                       .dtype = DType::float32,
                       .shape = tensor.shape,
                       .strides = {},
                       .data = reinterpret_cast<const std::byte*>(tensor.data)});
  return tensors;
}

Weights weights_from(const TensorFile& file, const std::string& prefix) {
  Weights weights;
  for (const NamedTensor& tensor : file.tensors())
    if (tensor.name.starts_with(prefix))
      weights[tensor.name.substr(prefix.size())] = host_tensor(file, tensor);
  return weights;
}

}  // namespace graft
