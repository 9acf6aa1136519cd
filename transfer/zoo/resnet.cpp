#include "transfer/zoo/builder.h"
#include "transfer/zoo/families.h"

namespace graft {

namespace {

// Convolution and batch norm number `index` of a block.
NodeId conv_norm(Builder& net, const std::string& block, int index, NodeId x, int64_t outputs, int64_t kernel,
                 int64_t stride, int64_t groups = 1) {
  const std::string number = std::to_string(index);
  x = net.conv(block + "conv" + number, x, outputs, kernel,
               {.stride = stride, .padding = Padding::all(kernel / 2), .groups = groups});
  return net.batch_norm(block + "bn" + number, x);
}

// `width` is that of the stage: 64, 128, 256, 512.
NodeId basic_branch(Builder& net, const ResNet&, const std::string& block, NodeId x, int64_t width,
                    int64_t stride) {
  x = conv_norm(net, block, 1, x, width, 3, stride);
  x = net.relu(block + "relu1", x);
  return conv_norm(net, block, 2, x, width, 3, 1);
}

NodeId bottleneck_branch(Builder& net, const ResNet& resnet, const std::string& block, NodeId x,
                         int64_t width, int64_t stride) {
  const int64_t inner = resnet.groups * resnet.group_width * width / 64;
  x = conv_norm(net, block, 1, x, inner, 1, 1);
  x = net.relu(block + "relu1", x);
  x = conv_norm(net, block, 2, x, inner, 3, stride, resnet.groups);
  x = net.relu(block + "relu2", x);
  return conv_norm(net, block, 3, x, 4 * width, 1, 1);
}

NodeId residual_block(Builder& net, const ResNet& resnet, const std::string& block, NodeId x, int64_t width,
                      int64_t stride) {
  const auto branch = resnet.bottleneck ? bottleneck_branch : basic_branch;
  const NodeId y = branch(net, resnet, block, x, width, stride);
  if (stride != 1 || net.channels(x) != net.channels(y)) {
    x = net.conv(block + "downsample.0", x, net.channels(y), 1, {.stride = stride});
    x = net.batch_norm(block + "downsample.1", x);
  }
  return net.relu(block + (resnet.bottleneck ? "relu3" : "relu2"), net.add(block + "add", y, x));
}

}  // namespace

Graph ResNet::build(int64_t classes) const {
  Builder net;
  NodeId x = conv_norm(net, "", 1, net.input(), 64, 7, 2);
  x = net.relu("relu", x);
  x = net.max_pool("maxpool", x, 3, 2, 1);
  for (size_t stage = 0; stage < blocks.size(); ++stage)
    for (int i = 0; i < blocks[stage]; ++i) {
      const std::string block = "layer" + std::to_string(stage + 1) + "." + std::to_string(i) + ".";
      x = residual_block(net, *this, block, x, int64_t{64} << stage, i == 0 && stage > 0 ? 2 : 1);
    }
  x = net.adaptive_average_pool("avgpool", x, 1);
  x = net.flatten("flatten", x);
  net.dense("fc", x, classes);
  return net.take();
}

std::vector<FreezePoint> ResNet::freeze_points() const {
  return {{{"conv1", "bn1"}}, {{"layer1"}}, {{"layer2"}}, {{"layer3"}}, {{"layer4"}}};
}

}  // namespace graft
