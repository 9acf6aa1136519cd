#include "transfer/zoo/builder.h"

#include "layers/activation.h"
#include "layers/add.h"
#include "layers/batch_norm.h"
#include "layers/channel_shuffle.h"
#include "layers/concat.h"
#include "layers/dense.h"
#include "layers/dropout.h"
#include "layers/flatten.h"
#include "layers/layer_norm.h"
#include "layers/multiply.h"
#include "layers/scale.h"
#include "layers/slice.h"

namespace graft {

Builder::Builder(int64_t input_channels) : graph_(input_channels), features_{{input_channels}} {}

NodeId Builder::add_layer(const std::string& name, LayerPtr layer, std::vector<NodeId> inputs,
                          Features features) {
  features_.push_back(features);
  return graph_.add(name, std::move(layer), std::move(inputs));
}

NodeId Builder::conv(const std::string& name, NodeId x, int64_t outputs, Kernel kernel,
                     const Window& window) {
  const ConvOptions options{.inputs = channels(x),
                            .outputs = outputs,
                            .kernel_h = kernel.h,
                            .kernel_w = kernel.w,
                            .stride_h = window.stride,
                            .stride_w = window.stride,
                            .padding = window.padding,
                            .groups = window.groups,
                            .bias = window.bias,
                            .linear = window.linear};
  return add_layer(name, std::make_shared<Conv>(options), {x}, {outputs});
}

NodeId Builder::pool(const std::string& name, NodeId x, const PoolOptions& options) {
  return add_layer(name, std::make_shared<Pool>(options), {x}, {channels(x)});
}

NodeId Builder::batch_norm(const std::string& name, NodeId x, double epsilon, double momentum) {
  return add_layer(name, std::make_shared<BatchNorm>(BatchNormOptions{channels(x), epsilon, momentum}), {x},
                   {channels(x)});
}

NodeId Builder::activation(const std::string& name, NodeId x, Activation kind) {
  return add_layer(name, std::make_shared<ActivationLayer>(kind), {x}, features_.at(x));
}

NodeId Builder::max_pool(const std::string& name, NodeId x, int64_t kernel, int64_t stride, int64_t padding,
                         bool ceil_mode) {
  return pool(name, x,
              {.kind = PoolKind::max,
               .kernel_h = kernel,
               .kernel_w = kernel,
               .stride_h = stride,
               .stride_w = stride,
               .padding = Padding::all(padding),
               .ceil_mode = ceil_mode});
}

NodeId Builder::average_pool(const std::string& name, NodeId x, int64_t kernel, int64_t stride,
                             int64_t padding) {
  return pool(name, x,
              {.kind = PoolKind::average,
               .kernel_h = kernel,
               .kernel_w = kernel,
               .stride_h = stride,
               .stride_w = stride,
               .padding = Padding::all(padding),
               .count_padding = true});
}

NodeId Builder::adaptive_average_pool(const std::string& name, NodeId x, int64_t size) {
  return add_layer(name, Pool::adaptive_average(size, size), {x}, {channels(x)});
}

NodeId Builder::add(const std::string& name, NodeId a, NodeId b) {
  return add_layer(name, std::make_shared<AddLayer>(), {a, b}, {channels(a)});
}

NodeId Builder::multiply(const std::string& name, NodeId a, NodeId b) {
  return add_layer(name, std::make_shared<MultiplyLayer>(), {a, b}, {channels(a)});
}

NodeId Builder::concat(const std::string& name, std::vector<NodeId> inputs) {
  int64_t c = 0;
  for (NodeId input : inputs) c += channels(input);
  return add_layer(name, std::make_shared<Concat>(), std::move(inputs), {c});
}

NodeId Builder::slice(const std::string& name, NodeId x, int64_t first, int64_t count) {
  return add_layer(name, std::make_shared<Slice>(first, count), {x}, {count});
}

NodeId Builder::channel_shuffle(const std::string& name, NodeId x, int64_t groups) {
  return add_layer(name, std::make_shared<ChannelShuffleLayer>(groups), {x}, {channels(x)});
}

NodeId Builder::layer_norm(const std::string& name, NodeId x, double epsilon) {
  return add_layer(name, std::make_shared<LayerNorm>(channels(x), epsilon), {x}, features_.at(x));
}

NodeId Builder::layer_scale(const std::string& name, NodeId x) {
  return add_layer(name, std::make_shared<Scale>(channels(x), Scale::Kind::layer_scale), {x}, {channels(x)});
}

NodeId Builder::dropout(const std::string& name, NodeId x, double probability) {
  return add_layer(name, std::make_shared<DropoutLayer>(probability), {x}, features_.at(x));
}

NodeId Builder::flatten(const std::string& name, NodeId x, int64_t map) {
  return add_layer(name, std::make_shared<Flatten>(), {x}, {channels(x) * map * map, map});
}

NodeId Builder::dense(const std::string& name, NodeId x, int64_t outputs) {
  const Features& from = features_.at(x);
  const Shape flattened = from.map > 1 ? Shape{from.c / (from.map * from.map), from.map, from.map} : Shape{};
  return add_layer(name, std::make_shared<Dense>(from.c, outputs, true, flattened), {x}, {outputs});
}

}  // namespace graft
