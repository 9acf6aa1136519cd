#include "transfer/zoo/builder.h"
#include "transfer/zoo/families.h"
#include "transfer/zoo/scaled_width.h"
#include "transfer/zoo/squeeze_excitation.h"

namespace graft {

namespace {

constexpr double epsilon = 1e-3, momentum = 0.01;

struct Block {
  int64_t kernel, expanded, outputs;
  bool squeezes;
  Activation activation;
  int64_t stride;
};

constexpr auto relu = Activation::relu, swish = Activation::hard_swish;

// Tables 1 and 2 of the paper.
constexpr Block large[] = {
    {3, 16, 16, false, relu, 1},   {3, 64, 24, false, relu, 2},   {3, 72, 24, false, relu, 1},
    {5, 72, 40, true, relu, 2},    {5, 120, 40, true, relu, 1},   {5, 120, 40, true, relu, 1},
    {3, 240, 80, false, swish, 2}, {3, 200, 80, false, swish, 1}, {3, 184, 80, false, swish, 1},
    {3, 184, 80, false, swish, 1}, {3, 480, 112, true, swish, 1}, {3, 672, 112, true, swish, 1},
    {5, 672, 160, true, swish, 2}, {5, 960, 160, true, swish, 1}, {5, 960, 160, true, swish, 1}};
constexpr Block small[] = {
    {3, 16, 16, true, relu, 2},   {3, 72, 24, false, relu, 2},  {3, 88, 24, false, relu, 1},
    {5, 96, 40, true, swish, 2},  {5, 240, 40, true, swish, 1}, {5, 240, 40, true, swish, 1},
    {5, 120, 48, true, swish, 1}, {5, 144, 48, true, swish, 1}, {5, 288, 96, true, swish, 2},
    {5, 576, 96, true, swish, 1}, {5, 576, 96, true, swish, 1}};

std::span<const Block> blocks_of(bool is_large) {
  return is_large ? std::span<const Block>(large) : std::span<const Block>(small);
}

std::string feature(size_t index) { return "features." + std::to_string(index); }

NodeId conv_norm(Builder& net, const std::string& name, NodeId x, int64_t outputs, int64_t kernel,
                 int64_t stride = 1, int64_t groups = 1) {
  x = net.conv(name + ".0", x, outputs, kernel,
               {.stride = stride, .padding = Padding::all(kernel / 2), .groups = groups});
  return net.batch_norm(name + ".1", x, epsilon, momentum);
}

NodeId inverted_residual(Builder& net, const std::string& name, NodeId x, const Block& block) {
  int index = 0;
  const auto part = [&] { return name + ".block." + std::to_string(index++); };
  const auto activated = [&](const std::string& layer, NodeId y) {
    return net.activation(layer + ".2", y, block.activation);
  };
  NodeId y = x;
  if (block.expanded != net.channels(x)) {
    const std::string expand = part();
    y = activated(expand, conv_norm(net, expand, y, block.expanded, 1));
  }
  const std::string depthwise = part();
  y = activated(depthwise,
                conv_norm(net, depthwise, y, block.expanded, block.kernel, block.stride, block.expanded));
  if (block.squeezes)
    y = squeeze_excitation(net, part(), y, scaled_width(block.expanded, 0.25), Activation::relu,
                           Activation::hard_sigmoid);
  y = conv_norm(net, part(), y, block.outputs, 1);
  return block.stride == 1 && net.channels(x) == block.outputs ? net.add(name + ".add", x, y) : y;
}

}  // namespace

Graph MobileNetV3::build(int64_t classes) const {
  const std::span<const Block> blocks = blocks_of(is_large);
  Builder net;
  NodeId x = net.activation("features.0.2", conv_norm(net, feature(0), net.input(), 16, 3, 2), swish);
  for (size_t i = 0; i < blocks.size(); ++i) x = inverted_residual(net, feature(i + 1), x, blocks[i]);
  const std::string last = feature(blocks.size() + 1);
  x = net.activation(last + ".2", conv_norm(net, last, x, 6 * net.channels(x), 1), swish);
  x = net.adaptive_average_pool("avgpool", x, 1);
  x = net.flatten("flatten", x);
  x = net.dense("classifier.0", x, is_large ? 1280 : 1024);
  x = net.activation("classifier.1", x, swish);
  x = net.dropout("classifier.2", x, 0.2);
  net.dense("classifier.3", x, classes);
  return net.take();
}

std::vector<FreezePoint> MobileNetV3::freeze_points() const {
  const size_t blocks = blocks_of(is_large).size();
  std::vector<FreezePoint> points;
  for (size_t i = 0; i <= blocks; ++i) points.push_back({{feature(i)}});
  points.back().prefixes.insert(points.back().prefixes.end(), {feature(blocks + 1), "classifier.0"});
  return points;
}

}  // namespace graft
