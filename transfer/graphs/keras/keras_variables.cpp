#include "transfer/graphs/keras/keras_variables.h"

#include <algorithm>
#include <cctype>

#include "transfer/weights/tensor_layout.h"

namespace graft {
namespace {

enum class Layout : uint8_t { as_is, kernel, depthwise, vector };

struct Variable {
  std::string_view keras, graft;
  Layout layout = Layout::as_is;
};
constexpr Variable variables[] = {
    {"kernel", "weight", Layout::kernel},
    {"depthwise_kernel", "weight", Layout::depthwise},
    {"pointwise_kernel", "weight", Layout::kernel},
    {"bias", "bias"},
    {"gamma", "weight"},
    {"beta", "bias"},
    {"moving_mean", "running_mean"},
    {"moving_variance", "running_var"},
    {"alpha", "weight", Layout::vector},
};

struct Class {
  std::string_view type;
  std::string_view variables[4];
};
constexpr Class classes[] = {
    {"Conv2D", {"kernel", "bias"}},
    {"DepthwiseConv2D", {"depthwise_kernel", "bias"}},
    {"SeparableConv2D", {"depthwise_kernel", "pointwise_kernel", "bias"}},
    {"Dense", {"kernel", "bias"}},
    {"BatchNormalization", {"gamma", "beta", "moving_mean", "moving_variance"}},
    {"LayerNormalization", {"gamma", "beta"}},
    {"PReLU", {"alpha"}},
    {"Normalization", {"mean", "variance"}},
};

const Variable* find_variable(std::string_view keras) {
  const auto* found = std::find_if(std::begin(variables), std::end(variables),
                                   [&](const Variable& v) { return v.keras == keras; });
  return found == std::end(variables) ? nullptr : found;
}

std::span<const std::string_view> variables_of(const Class& known) {
  const auto* end = std::find(std::begin(known.variables), std::end(known.variables), std::string_view());
  return {std::begin(known.variables), static_cast<size_t>(end - std::begin(known.variables))};
}

}  // namespace

std::string keras_snake_case(std::string_view type) {
  // A word begins at a capital behind a small letter, and at a capital before a small letter.
  std::string out;
  for (size_t i = 0; i < type.size(); ++i) {
    const auto is = [&](size_t at, int (*kind)(int)) {
      return at < type.size() && kind(static_cast<unsigned char>(type[at]));
    };
    if (i > 0 && is(i, std::isupper) && (is(i - 1, std::islower) || is(i + 1, std::islower))) out += '_';
    if (is(i, std::isalnum) || type[i] == '_')
      out += static_cast<char>(std::tolower(static_cast<unsigned char>(type[i])));
  }
  return out;
}

std::span<const std::string_view> keras_variables(std::string_view type) {
  for (const Class& known : classes)
    if (known.type == type) return variables_of(known);
  return {};
}

std::span<const std::string_view> keras_variables_of_group(std::string_view group) {
  for (const Class& known : classes)
    if (keras_snake_case(known.type) == group) return variables_of(known);
  return {};
}

std::string_view graft_name(std::string_view variable) {
  const Variable* known = find_variable(variable);
  return known ? known->graft : variable;
}

NamedTensor keras_layout(NamedTensor tensor, std::string_view variable) {
  const Variable* known = find_variable(variable);
  const Layout layout = known ? known->layout : Layout::as_is;
  const Shape from = tensor.shape;
  const std::vector<int64_t> s = row_major_strides(from);
  if (layout == Layout::vector) tensor.shape = {from.count()};
  if (from.count() == 0) return tensor;
  if (layout == Layout::kernel && from.rank() == 4) {
    tensor.shape = {from[3], from[2], from[0], from[1]};
    tensor.strides = {s[3], s[2], s[0], s[1]};
  } else if (layout == Layout::kernel && from.rank() == 2) {
    tensor.shape = {from[1], from[0]};
    tensor.strides = {s[1], s[0]};
  } else if (layout == Layout::depthwise && from.rank() == 4) {
    tensor.shape = {from[2] * from[3], 1, from[0], from[1]};
    tensor.strides = {1, 1, s[0], s[1]};
  }
  return tensor;
}

}  // namespace graft
