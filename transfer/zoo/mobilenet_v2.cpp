#include "transfer/zoo/builder.h"
#include "transfer/zoo/families.h"

namespace graft {

namespace {

struct Stage {
  int64_t expansion, outputs;
  int blocks;
  int64_t stride;  // of the first block
};

// Table 2 of the paper.
constexpr Stage stages[] = {{1, 16, 1, 1}, {6, 24, 2, 2},  {6, 32, 3, 2}, {6, 64, 4, 2},
                            {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}};
constexpr int last_block = 17;

std::string feature(int index) { return "features." + std::to_string(index); }

NodeId conv_norm_relu6(Builder& net, const std::string& name, NodeId x, int64_t outputs, int64_t kernel,
                       int64_t stride, int64_t groups = 1) {
  x = net.conv(name + ".0", x, outputs, kernel,
               {.stride = stride, .padding = Padding::all(kernel / 2), .groups = groups});
  x = net.batch_norm(name + ".1", x);
  return net.activation(name + ".2", x, Activation::relu6);
}

NodeId inverted_residual(Builder& net, const std::string& name, NodeId x, const Stage& stage,
                         int64_t stride) {
  int index = 0;
  const auto part = [&] { return name + ".conv." + std::to_string(index++); };
  NodeId y = x;
  if (stage.expansion != 1) y = conv_norm_relu6(net, part(), y, stage.expansion * net.channels(x), 1, 1);
  y = conv_norm_relu6(net, part(), y, net.channels(y), 3, stride, net.channels(y));
  y = net.conv(part(), y, stage.outputs, 1, {});
  y = net.batch_norm(part(), y);
  return stride == 1 && net.channels(x) == stage.outputs ? net.add(name + ".add", x, y) : y;
}

}  // namespace

Graph MobileNetV2::build(int64_t classes) const {
  Builder net;
  NodeId x = conv_norm_relu6(net, feature(0), net.input(), 32, 3, 2);
  int index = 1;
  for (const Stage& stage : stages)
    for (int i = 0; i < stage.blocks; ++i)
      x = inverted_residual(net, feature(index++), x, stage, i == 0 ? stage.stride : 1);
  x = conv_norm_relu6(net, feature(index), x, 1280, 1, 1);
  x = net.adaptive_average_pool("avgpool", x, 1);
  x = net.flatten("flatten", x);
  x = net.dropout("classifier.0", x, 0.2);
  net.dense("classifier.1", x, classes);
  return net.take();
}

std::vector<FreezePoint> MobileNetV2::freeze_points() const {
  std::vector<FreezePoint> points;
  for (int i = 0; i <= last_block; ++i) points.push_back({{feature(i)}});
  points.back().prefixes.push_back(feature(last_block + 1));
  return points;
}

}  // namespace graft
