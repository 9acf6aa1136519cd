#include <cmath>
#include <iterator>

#include "transfer/zoo/builder.h"
#include "transfer/zoo/families.h"
#include "transfer/zoo/scaled_width.h"

namespace graft {

namespace {

struct Stage {
  int blocks;
  int64_t kernel, stride, expansion, outputs;  // the stride of the first block
};

// Table 1 of the paper.
constexpr Stage stages[] = {{1, 3, 1, 1, 16},  {2, 3, 2, 6, 24},  {2, 5, 2, 6, 40}, {3, 3, 2, 6, 80},
                            {3, 5, 1, 6, 112}, {4, 5, 2, 6, 192}, {1, 3, 1, 6, 320}};

constexpr double epsilon = 1e-3, momentum = 0.01;

int scaled_blocks(size_t stage, double depth) {
  const bool fixed = stage == 0 || stage + 1 == std::size(stages);
  return fixed ? stages[stage].blocks : static_cast<int>(std::ceil(depth * stages[stage].blocks));
}

std::string block_name(int index) { return "_blocks." + std::to_string(index); }

NodeId conv_norm(Builder& net, const std::string& conv, const std::string& norm, NodeId x, int64_t outputs,
                 int64_t kernel, int64_t stride = 1, int64_t groups = 1) {
  x = net.conv(conv, x, outputs, kernel,
               {.stride = stride, .padding = Padding::tensorflow_same(), .groups = groups});
  return net.batch_norm(norm, x, epsilon, momentum);
}

NodeId block(Builder& net, const std::string& name, NodeId x, const Stage& stage, int64_t stride,
             int64_t outputs) {
  NodeId y = x;
  if (stage.expansion != 1) {
    y = conv_norm(net, name + "._expand_conv", name + "._bn0", y, stage.expansion * net.channels(x), 1);
    y = net.activation(name + "._relu0", y, Activation::relu6);
  }
  y = conv_norm(net, name + "._depthwise_conv", name + "._bn1", y, net.channels(y), stage.kernel, stride,
                net.channels(y));
  y = net.activation(name + "._relu1", y, Activation::relu6);
  y = conv_norm(net, name + "._project_conv", name + "._bn2", y, outputs, 1);
  return stride == 1 && net.channels(x) == outputs ? net.add(name + "._add", x, y) : y;
}

}  // namespace

Graph EfficientNetLite::build(int64_t classes) const {
  Builder net;
  NodeId x = conv_norm(net, "_conv_stem", "_bn0", net.input(), 32, 3, 2);
  x = net.activation("_relu0", x, Activation::relu6);
  int index = 0;
  for (size_t stage = 0; stage < std::size(stages); ++stage)
    for (int i = 0; i < scaled_blocks(stage, depth); ++i)
      x = block(net, block_name(index++), x, stages[stage], i == 0 ? stages[stage].stride : 1,
                scaled_width(stages[stage].outputs, width));
  x = conv_norm(net, "_conv_head", "_bn1", x, 1280, 1);
  x = net.activation("_relu1", x, Activation::relu6);
  x = net.adaptive_average_pool("_avg_pooling", x, 1);
  x = net.flatten("flatten", x);
  x = net.dropout("_dropout", x, dropout);
  net.dense("_fc", x, classes);
  return net.take();
}

std::vector<FreezePoint> EfficientNetLite::freeze_points() const {
  int blocks = 0;
  for (size_t stage = 0; stage < std::size(stages); ++stage) blocks += scaled_blocks(stage, depth);
  std::vector<FreezePoint> points{{{"_conv_stem", "_bn0"}}};
  for (int i = 0; i < blocks; ++i) points.push_back({{block_name(i)}});
  points.back().prefixes.insert(points.back().prefixes.end(), {"_conv_head", "_bn1"});
  return points;
}

}  // namespace graft
