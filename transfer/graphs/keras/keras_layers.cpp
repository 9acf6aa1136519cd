#include "transfer/graphs/keras/keras_layers.h"

#include "engine/check.h"
#include "layers/batch_norm.h"
#include "layers/dropout.h"
#include "layers/layer_norm.h"
#include "layers/upsample.h"
#include "transfer/graphs/keras/keras_variables.h"

namespace graft {
namespace {

// A pair, written as two numbers or as one for both.
std::array<int64_t, 2> pair_of(const KerasBuild& build, std::string_view key, int64_t otherwise) {
  const KerasJson& given = member(*build.layer.config, key);
  if (given.is_null()) return {otherwise, otherwise};
  const bool both = given.is_array() && given.size() == 2;
  const std::array<int64_t, 2> values{(both ? given[0] : given).get<int64_t>(),
                                      (both ? given[1] : given).get<int64_t>()};
  constexpr int64_t most = 4096;
  for (const int64_t value : values)
    if (value < 1 || value > most) build.fail_here(text("its ", key, " is ", value));
  return values;
}

Padding padding_of(const KerasBuild& build) {
  const auto padding = member_or<std::string>(*build.layer.config, "padding", "valid");
  if (padding != "same" && padding != "valid")
    build.fail_here("its padding '" + padding + "' is not same or valid");
  return padding == "same" ? Padding::tensorflow_same() : Padding{};
}

bool flag(const KerasBuild& build, std::string_view key, bool otherwise) {
  return member_or<bool>(*build.layer.config, key, otherwise);
}
int64_t number(const KerasBuild& build, std::string_view key, int64_t otherwise) {
  return member_or<int64_t>(*build.layer.config, key, otherwise);
}

TfValue activated(KerasBuild& build, const TfValue& x) {
  return add_keras_activation(build, "", x, member(*build.layer.config, "activation"));
}

ConvOptions conv_options(const KerasBuild& build, int64_t outputs) {
  const auto [kernel_h, kernel_w] = pair_of(build, "kernel_size", 1);
  const auto [stride_h, stride_w] = pair_of(build, "strides", 1);
  const auto [dilation_h, dilation_w] = pair_of(build, "dilation_rate", 1);
  return {.inputs = 0,
          .outputs = outputs,
          .kernel_h = kernel_h,
          .kernel_w = kernel_w,
          .stride_h = stride_h,
          .stride_w = stride_w,
          .padding = padding_of(build),
          .dilation_h = dilation_h,
          .dilation_w = dilation_w};
}

int64_t channels_of(KerasBuild& build) {
  const Shape& shape = build.net.shape(build.x());
  return shape[shape.rank() - 1];
}

std::vector<std::string_view> with_bias(const KerasBuild& build, std::vector<std::string_view> variables) {
  if (flag(build, "use_bias", true)) variables.push_back("bias");
  return variables;
}

TfValue conv(KerasBuild& build) {
  ConvOptions options = conv_options(build, number(build, "filters", 0));
  options.groups = number(build, "groups", 1);
  return activated(build, build.net.conv(build.layer.name, build.x(), options,
                                         build.parameters(with_bias(build, {"kernel"}))));
}

ConvOptions depthwise_options(KerasBuild& build) {
  const int64_t channels = channels_of(build), multiplier = number(build, "depth_multiplier", 1);
  if (multiplier < 1 || multiplier > 4096) build.fail_here(text("its depth_multiplier is ", multiplier));
  ConvOptions options = conv_options(build, channels * multiplier);
  options.groups = channels;
  return options;
}

TfValue depthwise(KerasBuild& build) {
  return activated(build, build.net.conv(build.layer.name, build.x(), depthwise_options(build),
                                         build.parameters(with_bias(build, {"depthwise_kernel"}))));
}

TfValue separable(KerasBuild& build) {
  TfNet::Parameters all = build.parameters(with_bias(build, {"depthwise_kernel", "pointwise_kernel"}));
  const TfNet::Parameters first{all[0]}, second(all.begin() + 1, all.end());
  const TfValue middle =
      build.net.conv(build.layer.name + ".depthwise", build.x(), depthwise_options(build), first);
  const ConvOptions pointwise{
      .inputs = 0, .outputs = number(build, "filters", 0), .kernel_h = 1, .kernel_w = 1, .padding = {}};
  return activated(build, build.net.conv(build.layer.name + ".pointwise", middle, pointwise, second));
}

TfValue dense(KerasBuild& build) {
  return activated(build, build.net.dense(build.layer.name, build.x(), number(build, "units", 0),
                                          build.parameters(with_bias(build, {"kernel"})), build.keep_map));
}

bool is_last_axis(const KerasBuild& build) {
  const KerasJson& axis = member(*build.layer.config, "axis");
  const KerasJson& one = axis.is_array() && axis.size() == 1 ? axis[0] : axis;
  const int64_t rank = build.net.shape(build.inputs[0]).rank();
  return one.is_null() || one == -1 || one == rank - 1 || (build.x().flat && one == 1);
}

HostTensor constant(int64_t channels, float value) {
  return HostTensor::from({channels}, std::vector<float>(static_cast<size_t>(channels), value));
}

TfValue batch_norm(KerasBuild& build) {
  if (!is_last_axis(build)) build.fail_here("normalises another axis than the channels");
  const bool scale = flag(build, "scale", true), center = flag(build, "center", true);
  std::vector<std::string_view> variables;
  if (scale) variables.push_back("gamma");
  if (center) variables.push_back("beta");
  variables.insert(variables.end(), {"moving_mean", "moving_variance"});
  TfNet::Parameters parameters = build.parameters(variables);
  const int64_t channels = channels_of(build);
  if (!scale) parameters.push_back({"weight", constant(channels, 1)});
  if (!center) parameters.push_back({"bias", constant(channels, 0)});
  const BatchNormOptions options{.channels = channels,
                                 .epsilon = member_or<double>(*build.layer.config, "epsilon", 1e-3),
                                 .momentum = 1 - member_or<double>(*build.layer.config, "momentum", 0.99)};
  return build.net.layer(build.layer.name, build.x(), std::make_shared<BatchNorm>(options), parameters);
}

TfValue layer_norm(KerasBuild& build) {
  if (!is_last_axis(build)) build.fail_here("normalises another axis than the channels");
  if (flag(build, "rms_scaling", false)) build.fail_here("its rms_scaling has no layer");
  const bool scale = flag(build, "scale", true), center = flag(build, "center", true);
  std::vector<std::string_view> variables;
  if (scale) variables.push_back("gamma");
  if (center) variables.push_back("beta");
  TfNet::Parameters parameters = build.parameters(variables);
  const int64_t channels = channels_of(build);
  if (!scale) parameters.push_back({"weight", constant(channels, 1)});
  if (!center) parameters.push_back({"bias", constant(channels, 0)});
  const auto epsilon = member_or<double>(*build.layer.config, "epsilon", 1e-3);
  return build.net.layer(build.layer.name, build.x(), std::make_shared<LayerNorm>(channels, epsilon),
                         parameters);
}

TfValue upsampling(KerasBuild& build) {
  const auto [rows, columns] = pair_of(build, "size", 2);
  const auto kind = member_or<std::string>(*build.layer.config, "interpolation", "nearest");
  if (rows != columns || kind != "nearest")
    build.fail_here(text("upsampling by ", rows, "x", columns, ", ", kind, ", has no layer"));
  return build.net.layer(build.layer.name, build.x(), std::make_shared<Upsample>(rows));
}

TfValue pool(KerasBuild& build, PoolKind kind) {
  const auto [kernel_h, kernel_w] = pair_of(build, "pool_size", 2);
  std::array<int64_t, 2> strides{kernel_h, kernel_w};
  if (!member(*build.layer.config, "strides").is_null()) strides = pair_of(build, "strides", 1);
  return build.net.pool(build.layer.name, build.x(),
                        {.kind = kind,
                         .kernel_h = kernel_h,
                         .kernel_w = kernel_w,
                         .stride_h = strides[0],
                         .stride_w = strides[1],
                         .padding = padding_of(build)});
}
TfValue max_pool(KerasBuild& build) { return pool(build, PoolKind::max); }
TfValue average_pool(KerasBuild& build) { return pool(build, PoolKind::average); }

TfValue global_average(KerasBuild& build) {
  return build.net.global_pool(build.layer.name, build.x(), PoolKind::average,
                               flag(build, "keepdims", false));
}
TfValue global_max(KerasBuild& build) {
  return build.net.global_pool(build.layer.name, build.x(), PoolKind::max, flag(build, "keepdims", false));
}

TfValue zero_padding(KerasBuild& build) {
  const KerasJson& given = member(*build.layer.config, "padding");
  const auto side = [&](size_t axis, size_t end) {
    const KerasJson& both = given.is_array() && given.size() == 2 ? given[axis] : given;
    return (both.is_array() && both.size() == 2 ? both[end] : both).get<int64_t>();
  };
  return build.net.zero_pad(build.layer.name, build.x(),
                            {false, side(0, 0), side(1, 0), side(0, 1), side(1, 1)});
}

TfValue add(KerasBuild& build) { return build.net.add(build.layer.name, build.inputs); }
TfValue multiply(KerasBuild& build) { return build.net.multiply(build.layer.name, build.inputs); }
TfValue concatenate(KerasBuild& build) {
  if (!is_last_axis(build)) build.fail_here("concatenates along another axis than the channels");
  return build.net.concat(build.layer.name, build.inputs);
}

TfValue flatten(KerasBuild& build) { return build.net.flatten(build.layer.name, build.x()); }
TfValue reshape(KerasBuild& build) {
  return build.net.reshape(build.layer.name, build.x(),
                           member(*build.layer.config, "target_shape").get<std::vector<int64_t>>());
}

TfValue dropout(KerasBuild& build) {
  if (build.layer.type == "SpatialDropout2D")
    build.net.writer().note("its layer " + build.layer.name +
                            " drops whole channels in Keras; in graft's training it drops single numbers");
  return build.net.layer(build.layer.name, build.x(),
                         std::make_shared<DropoutLayer>(member_or<double>(*build.layer.config, "rate", 0)));
}

// What Keras does to pictures while it trains; graft has --augment for that.
TfValue augmentation(KerasBuild& build) {
  build.net.writer().note("its layer " + build.layer.name + " (" + build.layer.type +
                          ") changes pictures while training only; it is left out");
  return build.x();
}

TfValue same(KerasBuild& build) { return build.x(); }

struct Known {
  std::string_view type;
  KerasLayerFunction add;
  bool one_pixel = false;  // see keeps_one_pixel
};
constexpr Known known_layers[] = {
    {"Conv2D", conv},
    {"DepthwiseConv2D", depthwise},
    {"SeparableConv2D", separable},
    {"Dense", dense, true},
    {"BatchNormalization", batch_norm, true},
    {"Activation", keras_activation_layer, true},
    {"ReLU", keras_relu, true},
    {"LeakyReLU", keras_leaky_relu, true},
    {"PReLU", keras_prelu, true},
    {"LayerNormalization", layer_norm, true},
    {"UpSampling2D", upsampling},
    {"Softmax", keras_activation_layer},
    {"MaxPooling2D", max_pool},
    {"AveragePooling2D", average_pool},
    {"GlobalAveragePooling2D", global_average},
    {"GlobalMaxPooling2D", global_max},
    {"ZeroPadding2D", zero_padding},
    {"Add", add},
    {"Multiply", multiply},
    {"Concatenate", concatenate},
    {"Flatten", flatten},
    {"Reshape", reshape},
    {"Dropout", dropout, true},
    {"SpatialDropout2D", dropout, true},
    {"Rescaling", keras_rescaling},
    {"Normalization", keras_normalization},
    {"TrueDivide", keras_arithmetic},
    {"Subtract", keras_arithmetic},
    {"TFOpLambda", keras_arithmetic},
    {"Identity", same, true},
    {"RandomFlip", augmentation},
    {"RandomRotation", augmentation},
    {"RandomZoom", augmentation},
    {"RandomTranslation", augmentation},
    {"RandomContrast", augmentation},
    {"RandomBrightness", augmentation},
};

const Known* find(std::string_view type) {
  for (const Known& known : known_layers)
    if (known.type == type) return &known;
  return nullptr;
}

}  // namespace

TfNet::Parameters KerasBuild::parameters(const std::vector<std::string_view>& variables) {
  TfNet::Parameters out;
  int number = 0;
  for (const std::string_view variable : variables)
    out.push_back({std::string(graft_name(variable)), weights.read(layer, variable, number++)});
  return out;
}

KerasLayerFunction find_keras_layer(std::string_view type) {
  const Known* known = find(type);
  return known ? known->add : nullptr;
}

bool keeps_one_pixel(std::string_view type) {
  const Known* known = find(type);
  return known && known->one_pixel;
}

}  // namespace graft
