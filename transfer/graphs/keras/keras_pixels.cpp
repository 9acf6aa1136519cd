#include <cmath>

#include "engine/check.h"
#include "transfer/graphs/keras/keras_layers.h"

namespace graft {
namespace {

// A number, or lists of one row within each other as Keras writes a mean for each channel.
std::vector<double> numbers(const KerasJson& given) {
  const KerasJson* row = &given;
  while (row->is_array() && row->size() == 1 && (*row)[0].is_array()) row = &(*row)[0];
  if (row->is_array()) return row->get<std::vector<double>>();
  return {row->get<double>()};
}

std::vector<double> numbers(const HostTensor& values) { return {values.data, values.data + values.count()}; }

// The one number that an operator is given beside its tensor; null where there is none.
const KerasJson& operand_in(const KerasJson& part) {
  static const KerasJson none;
  if (part.is_number()) return part;
  if (!part.is_structured() || member(part, "class_name") == "__keras_tensor__") return none;
  const bool reference = part.is_array() && part.size() >= 3 && part[0].is_string();  // ["name", 0, 0, {...}]
  for (size_t i = 0; const KerasJson& inner : part) {
    if (reference && i++ < 3) continue;
    const KerasJson& found = operand_in(inner);
    if (!found.is_null()) return found;
  }
  return none;
}

}  // namespace

TfValue keras_rescaling(KerasBuild& build) {
  const KerasJson &scale = member(*build.layer.config, "scale"),
                  &offset = member(*build.layer.config, "offset");
  return build.net.scale_pixels(build.layer.name, build.x(), numbers(scale),
                                offset.is_null() ? std::vector<double>{0} : numbers(offset));
}

TfValue keras_normalization(KerasBuild& build) {
  const KerasJson& given = member(*build.layer.config, "mean");
  const std::vector<double> mean =
      given.is_null() ? numbers(build.weights.read(build.layer, "mean", 0)) : numbers(given);
  const std::vector<double> variance = given.is_null()
                                           ? numbers(build.weights.read(build.layer, "variance", 1))
                                           : numbers(member(*build.layer.config, "variance"));
  if (mean.size() != variance.size()) build.fail_here("has not as many means as variances");
  if (member_or<bool>(*build.layer.config, "invert", false))
    build.fail_here("an inverted Normalization has no layer");
  std::vector<double> scale, offset;
  constexpr double least = 1e-7;  // of a deviation, in Keras
  for (size_t c = 0; c < mean.size(); ++c) {
    scale.push_back(1 / std::max(std::sqrt(variance[c]), least));
    offset.push_back(-mean[c] * scale.back());
  }
  return build.net.scale_pixels(build.layer.name, build.x(), scale, offset);
}

TfValue keras_arithmetic(KerasBuild& build) {
  const auto function = build.layer.type == "TFOpLambda"
                            ? member_or<std::string>(*build.layer.config, "function", "")
                            : build.layer.type;
  const KerasJson& operand = build.node ? operand_in(*build.node) : member(*build.layer.config, "none");
  if (!operand.is_null() && build.inputs.size() == 1) {
    const auto value = operand.get<double>();
    if (function == "TrueDivide" || function == "math.truediv")
      return build.net.scale_pixels(build.layer.name, build.x(), {1 / value}, {0});
    if (function == "Subtract" || function == "math.subtract")
      return build.net.scale_pixels(build.layer.name, build.x(), {1}, {-value});
  }
  build.fail_here(
      "the operation '" + printable(function) +
      "' is read only with one number at the network's input; --outputs may end the network before it");
}

}  // namespace graft
