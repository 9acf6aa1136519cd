#include "engine/check.h"
#include "layers/prelu.h"
#include "transfer/graphs/keras/keras_layers.h"

namespace graft {
namespace {

struct Known {
  std::string_view keras;
  Activation activation;
};
constexpr Known known_activations[] = {
    {"linear", Activation::none},
    {"relu", Activation::relu},
    {"relu6", Activation::relu6},
    {"sigmoid", Activation::sigmoid},
    {"swish", Activation::silu},
    {"silu", Activation::silu},
    {"hard_swish", Activation::hard_swish},
    {"hard_silu", Activation::hard_swish},
    {"gelu", Activation::gelu},
};

// A name, or Keras 3's record of a function or an activation layer with one.
std::string activation_name(const KerasJson& activation) {
  if (activation.is_null()) return "linear";
  if (activation.is_string()) return activation.get<std::string>();
  const KerasJson& config = member(activation, "config");
  return config.is_string() ? config.get<std::string>()
                            : member_or<std::string>(activation, "class_name", "?");
}

// Keras 3's is ours. Keras 2's, 0.2 x + 0.5, is ours of 1.2 x.
TfValue hard_sigmoid(KerasBuild& build, const std::string& name, TfValue x) {
  if (build.version < 3) x = build.net.scale(name + ".slope", x, {1.2}, {});
  return build.net.activation(name, x, Activation::hard_sigmoid);
}

}  // namespace

TfValue add_keras_activation(KerasBuild& build, std::string_view name, const TfValue& x,
                             const KerasJson& activation) {
  const std::string kind = activation_name(activation);
  const std::string own = name.empty() ? build.layer.name + "." + kind : std::string(name);
  if (kind == "softmax") return build.net.softmax(own, x);
  if (kind == "hard_sigmoid") return hard_sigmoid(build, own, x);
  for (const Known& known : known_activations)
    if (known.keras == kind) return build.net.activation(own, x, known.activation);
  build.fail_here("its activation '" + printable(kind) +
                  "' has no layer in graft; --outputs may end the network before it");
}

TfValue keras_activation_layer(KerasBuild& build) {
  if (build.layer.type == "Softmax") return build.net.softmax(build.layer.name, build.x());
  return add_keras_activation(build, build.layer.name, build.x(), member(*build.layer.config, "activation"));
}

TfValue keras_relu(KerasBuild& build) {
  const KerasJson& config = *build.layer.config;
  const auto threshold = member_or<double>(config, "threshold", 0);
  const auto slope = member_or<double>(config, "negative_slope", 0);
  const KerasJson& most = member(config, "max_value");
  if (threshold == 0 && slope > 0 && most.is_null())
    return build.net.activation(build.layer.name, build.x(),
                                {Activation::leaky_relu, static_cast<float>(slope)});
  if (threshold == 0 && slope == 0 && (most.is_null() || most == 6))
    return build.net.activation(build.layer.name, build.x(),
                                most.is_null() ? Activation::relu : Activation::relu6);
  build.fail_here("this ReLU's max_value, threshold and negative_slope together have no layer in graft");
}

TfValue keras_leaky_relu(KerasBuild& build) {
  const KerasJson& config = *build.layer.config;  // Keras 2 says alpha
  const double slope = member_or<double>(config, "negative_slope", member_or<double>(config, "alpha", 0.3));
  if (!(slope >= 0)) build.fail_here(text("its slope is ", slope));
  return build.net.activation(build.layer.name, build.x(),
                              {Activation::leaky_relu, static_cast<float>(slope)});
}

TfValue keras_prelu(KerasBuild& build) {
  const Shape& shape = build.net.shape(build.x());
  TfNet::Parameters slopes = build.parameters({"alpha"});
  if (slopes[0].values.count() != shape[shape.rank() - 1])
    build.fail_here("has a slope for each place and not only for each channel");
  const auto layer = std::make_shared<Prelu>(slopes[0].values.count());
  return build.net.layer(build.layer.name, build.x(), layer, slopes);
}

}  // namespace graft
