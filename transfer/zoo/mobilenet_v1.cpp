#include <iterator>

#include "transfer/zoo/builder.h"
#include "transfer/zoo/families.h"

namespace graft {

namespace {

struct Block {
  int64_t outputs, stride;
};

// Table 1 of the paper.
constexpr Block blocks[] = {{64, 1},  {128, 2}, {128, 1}, {256, 2}, {256, 1},  {512, 2}, {512, 1},
                            {512, 1}, {512, 1}, {512, 1}, {512, 1}, {1024, 2}, {1024, 1}};

constexpr double epsilon = 1e-3, momentum = 0.01;

NodeId conv_norm_relu6(Builder& net, const std::string& name, NodeId x, int64_t outputs, int64_t kernel,
                       const Builder::Window& window) {
  x = net.conv(name, x, outputs, kernel, window);
  x = net.batch_norm(name + "_bn", x, epsilon, momentum);
  return net.activation(name + "_relu", x, Activation::relu6);
}

// Keras pads below and to the right where the stride is 2, whatever the size is; SAME would look at it.
Padding depthwise_padding(int64_t stride) {
  return stride == 1 ? Padding::all(1) : Padding{.bottom = 1, .right = 1};
}

std::string depthwise_name(size_t index) { return "conv_dw_" + std::to_string(index + 1); }
std::string pointwise_name(size_t index) { return "conv_pw_" + std::to_string(index + 1); }

}  // namespace

Graph MobileNetV1::build(int64_t classes) const {
  const auto scaled = [this](int64_t channels) {
    return static_cast<int64_t>(static_cast<double>(channels) * width);
  };
  Builder net;
  NodeId x = conv_norm_relu6(net, "conv1", net.input(), scaled(32), 3,
                             {.stride = 2, .padding = Padding::tensorflow_same()});
  for (size_t i = 0; i < std::size(blocks); ++i) {
    const int64_t inputs = net.channels(x), stride = blocks[i].stride;
    x = conv_norm_relu6(net, depthwise_name(i), x, inputs, 3,
                        {.stride = stride, .padding = depthwise_padding(stride), .groups = inputs});
    x = conv_norm_relu6(net, pointwise_name(i), x, scaled(blocks[i].outputs), 1, {});
  }
  x = net.adaptive_average_pool("global_average_pooling2d", x, 1);
  x = net.dropout("dropout", x, 1e-3);
  x = net.conv("conv_preds", x, classes, 1, {.bias = true});
  net.flatten("reshape_2", x);
  return net.take();
}

std::vector<FreezePoint> MobileNetV1::freeze_points() const {
  std::vector<FreezePoint> points{{{"conv1", "conv1_bn"}}};
  for (size_t i = 0; i < std::size(blocks); ++i) {
    const std::string depthwise = depthwise_name(i), pointwise = pointwise_name(i);
    points.push_back({{depthwise, depthwise + "_bn", pointwise, pointwise + "_bn"}});
  }
  return points;
}

}  // namespace graft
