#include "transfer/zoo/builder.h"
#include "transfer/zoo/families.h"

namespace graft {

namespace {

constexpr double epsilon = 1e-6;
constexpr int stages = 4;

std::string feature(int index) { return "features." + std::to_string(index); }

// Depthwise 7x7, layer norm, and a dense layer for each pixel up to four times the channels and down again.
NodeId block(Builder& net, const std::string& name, NodeId x) {
  const int64_t c = net.channels(x);
  const std::string part = name + ".block.";
  NodeId y = net.conv(part + "0", x, c, 7, {.padding = Padding::all(3), .groups = c, .bias = true});
  y = net.layer_norm(part + "2", y, epsilon);
  y = net.conv(part + "3", y, 4 * c, 1, {.bias = true, .linear = true});
  y = net.activation(part + "4", y, Activation::gelu);
  y = net.conv(part + "5", y, c, 1, {.bias = true, .linear = true});
  return net.add(name + ".add", x, net.layer_scale(name, y));
}

}  // namespace

Graph ConvNeXt::build(int64_t classes) const {
  Builder net;
  NodeId x = net.conv(feature(0) + ".0", net.input(), channels[0], 4, {.stride = 4, .bias = true});
  x = net.layer_norm(feature(0) + ".1", x, epsilon);
  for (int stage = 0; stage < stages; ++stage) {
    if (stage > 0) {
      const std::string halving = feature(2 * stage);
      x = net.layer_norm(halving + ".0", x, epsilon);
      x = net.conv(halving + ".1", x, channels[stage], 2, {.stride = 2, .bias = true});
    }
    for (int i = 0; i < blocks[stage]; ++i)
      x = block(net, feature(2 * stage + 1) + "." + std::to_string(i), x);
  }
  x = net.adaptive_average_pool("avgpool", x, 1);
  x = net.layer_norm("classifier.0", x, epsilon);
  x = net.flatten("classifier.1", x);
  net.dense("classifier.2", x, classes);
  return net.take();
}

std::vector<FreezePoint> ConvNeXt::freeze_points() const {
  std::vector<FreezePoint> points{{{feature(0), feature(1)}}};
  for (int stage = 1; stage < stages; ++stage)
    points.push_back({{feature(2 * stage), feature(2 * stage + 1)}});
  points.back().prefixes.push_back("classifier.0");
  return points;
}

}  // namespace graft
