#include "engine/lowering.h"

#include "engine/check.h"

namespace graft {

namespace {

ParameterSpec spec_of(const Node& node, std::string_view name) {
  for (const ParameterSpec& spec : node.layer->parameters())
    if (spec.name == name) return spec;
  fail(ErrorCode::call, "layer '", node.name, "' has no parameter '", name, "'");
}

}  // namespace

bool Lowering::is_constant(const Node& node, std::string_view name) const {
  const std::string full = node.name + "." + std::string(name);
  return !parameters_ || (parameters_->find_trainable(full) < 0 && parameters_->find_statistic(full) < 0);
}

const HostTensor& Lowering::published(const Node& node, std::string_view name) const {
  const ParameterSpec spec = spec_of(node, name);
  return weight_of(weights_, parameter_name(node, spec), spec.shape);
}

ValueId Lowering::slice_value(Storage storage, int slice, const Parameters::Slice& info) {
  const std::string key = (storage == Storage::gradient ? "gradient of " : "") + info.name;
  const auto found = made_.find(key);
  if (found != made_.end()) return found->second;
  const ValueId id = plan.add(
      {.name = key, .shape = packed_shape(info.spec), .dtype = master, .storage = storage, .slice = slice});
  made_.emplace(key, id);
  return id;
}

ValueId Lowering::parameter(const Node& node, std::string_view name) {
  const ParameterSpec spec = spec_of(node, name);
  const std::string full = parameter_name(node, spec);
  if (parameters_) {
    if (const int slice = parameters_->find_trainable(full); slice >= 0)
      return slice_value(Storage::parameter, slice, parameters_->trainable()[slice]);
    if (const int slice = parameters_->find_statistic(full); slice >= 0)
      return slice_value(Storage::statistic, slice, parameters_->statistics()[slice]);
  }
  const auto found = made_.find(full);
  if (found != made_.end()) return found->second;
  const HostTensor tensor = weight_of(weights_, full, spec.shape);
  const ValueId id = constant(full, packed_shape(spec), master,
                              [tensor, spec](auto* out) { pack_parameter(spec, tensor.data, out); });
  made_.emplace(full, id);
  return id;
}

ValueId Lowering::gradient(const Node& node, std::string_view name) {
  const std::string full = parameter_name(node, spec_of(node, name));
  const int slice = parameters_ ? parameters_->find_trainable(full) : -1;
  return slice < 0 ? no_value : slice_value(Storage::gradient, slice, parameters_->trainable()[slice]);
}

}  // namespace graft
