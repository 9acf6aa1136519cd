#include <cmath>

#include "layers/batch_norm.h"
#include "layers/conv.h"
#include "layers/dense.h"
#include "layers/flatten.h"
#include "transfer/graphs/darknet/sections.h"

namespace graft {

namespace {

// darknet divides by sqrt(variance + 1e-5) on GPUs and, since 2020, on CPUs and where it folds batch norms
// (AlexeyAB's network.c and blas_kernels.cu). Its older CPU code divides by sqrt(variance) + 1e-6, which
// differs by less than 1e-3 of the value where the variance is above 0.005.
constexpr double epsilon = 1e-5;

// As the file has them, behind the layer's biases.
struct Norm {
  HostTensor scales, mean, variance;
};

Norm take_norm(DarknetWeights& weights, const Shape& c) {
  Norm norm;
  norm.scales = weights.take(c);
  norm.mean = weights.take(c);
  norm.variance = weights.take(c);
  return norm;
}

int64_t positive(const DarknetCall& call, std::string_view key, int64_t otherwise) {
  const int64_t value = call.section.integer(key, otherwise);
  GRAFT_CHECK(value > 0, format, call.section.where(), ": ", key, " is ", value, "; it must be at least 1");
  return value;
}

ConvOptions conv_options(const DarknetCall& call) {
  const DarknetSection& s = call.section;
  GRAFT_CHECK(call.shape().rank() == 4, format, s.where(), ": it reads a row of values instead of a map");
  const int64_t size = positive(call, "size", 1), stride = positive(call, "stride", 1);
  const int64_t dilation = size > 1 ? positive(call, "dilation", 1) : 1;
  const int64_t given = s.integer("pad", 0) ? size / 2 : s.integer("padding", 0), pad = given * dilation;
  GRAFT_CHECK(given >= 0, format, s.where(), ": padding is ", given);
  const ConvOptions o{.inputs = call.shape().c(),
                      .outputs = positive(call, "filters", 1),
                      .kernel_h = size,
                      .kernel_w = size,
                      .stride_h = s.has("stride_y") ? positive(call, "stride_y", 1) : stride,
                      .stride_w = s.has("stride_x") ? positive(call, "stride_x", 1) : stride,
                      .padding = Padding::all(pad),
                      .dilation_h = dilation,
                      .dilation_w = dilation,
                      .groups = positive(call, "groups", 1),
                      .bias = s.integer("batch_normalize", 0) == 0};
  GRAFT_CHECK(o.inputs % o.groups == 0 && o.outputs % o.groups == 0, format, s.where(), ": ", o.groups,
              " groups do not divide ", o.inputs, " inputs and ", o.outputs, " filters");
  // darknet counts outputs as if the filter were not spread; the same where its padding is half its size.
  GRAFT_CHECK(dilation == 1 || 2 * given == size - 1, format, s.where(), ": dilation with padding ", given,
              " has no layer");
  return o;
}

// weight * scale / deviation, and bias - mean * scale / deviation: rows of K values each.
void fold(const Norm& norm, std::vector<float>& weight, std::vector<float>& bias) {
  const size_t row = weight.size() / bias.size();
  for (size_t i = 0; i < bias.size(); ++i) {
    const double factor = norm.scales.data[i] / std::sqrt(norm.variance.data[i] + epsilon);
    for (size_t j = 0; j < row; ++j) weight[i * row + j] = static_cast<float>(weight[i * row + j] * factor);
    bias[i] = static_cast<float>(bias[i] - norm.mean.data[i] * factor);
  }
}

std::vector<float> values_of(const HostTensor& tensor) { return {tensor.data, tensor.data + tensor.count()}; }

}  // namespace

NodeId darknet_rules::convolutional(const DarknetCall& call) {
  call.section.refuse({"binary", "xnor", "flipped", "antialiasing", "share_index", "deform", "stretch",
                       "sway", "rotate", "stretch_sway", "coordconv", "assisted_excitation",
                       "use_bin_output"});
  call.note_others({"batch_normalize",
                    "filters",
                    "size",
                    "stride",
                    "stride_x",
                    "stride_y",
                    "pad",
                    "padding",
                    "groups",
                    "dilation",
                    "activation",
                    "binary",
                    "xnor",
                    "flipped",
                    "antialiasing",
                    "share_index",
                    "deform",
                    "stretch",
                    "sway",
                    "rotate",
                    "stretch_sway",
                    "coordconv",
                    "assisted_excitation",
                    "use_bin_output",
                    "stopbackward",
                    "dontload",
                    "dontloadscales",
                    "learning_rate",
                    "cbn",
                    "burnin_update",
                    "train_only_bn",
                    "grad_centr",
                    "reverse",
                    "learning_rate_scale"});
  const ConvOptions o = conv_options(call);
  const Shape c{o.outputs};
  const HostTensor biases = call.weights.take(c);
  Norm norm;
  if (!o.bias) norm = take_norm(call.weights, c);
  const HostTensor weight = call.weights.take({o.outputs, o.inputs / o.groups, o.kernel_h, o.kernel_w});
  std::vector<GraphWriter::Parameter> parameters{{"weight", weight}};
  if (o.bias) parameters.push_back({"bias", biases});
  NodeId x = call.net.add(call.name("conv"), std::make_shared<Conv>(o), {call.x}, parameters);
  if (!o.bias)
    x = call.net.add(call.name("norm"),
                     std::make_shared<BatchNorm>(BatchNormOptions{.channels = o.outputs, .epsilon = epsilon}),
                     {x},
                     {{"weight", norm.scales},
                      {"bias", biases},
                      {"running_mean", norm.mean},
                      {"running_var", norm.variance}});
  return activated(call, x, "logistic");
}

NodeId darknet_rules::connected(const DarknetCall& call) {
  call.note_others({"output", "activation", "batch_normalize", "stopbackward", "dontload", "dontloadscales"});
  NodeId x = call.x;
  if (call.shape().rank() == 4) x = call.net.add(call.name("flatten"), std::make_shared<Flatten>(), {x});
  const int64_t inputs = call.net.shape(x)[1], outputs = positive(call, "output", 1);
  HostTensor bias = call.weights.take({outputs}), weight = call.weights.take({outputs, inputs});
  if (call.section.integer("batch_normalize", 0)) {
    std::vector<float> weights = values_of(weight), biases = values_of(bias);
    fold(take_norm(call.weights, {outputs}), weights, biases);
    weight = HostTensor::from({outputs, inputs}, std::move(weights));
    bias = HostTensor::from({outputs}, std::move(biases));
    call.net.note(text(call.section.where(), ": its batch norm was folded into its weights"));
  }
  const auto dense = std::make_shared<Dense>(inputs, outputs, true, call.net.flattened_map(x));
  x = call.net.add(call.name("dense"), dense, {x}, {{"weight", weight}, {"bias", bias}});
  return activated(call, x, "logistic");
}

}  // namespace graft
