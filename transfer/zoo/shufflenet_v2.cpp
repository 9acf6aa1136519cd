#include "transfer/zoo/builder.h"
#include "transfer/zoo/families.h"

namespace graft {

namespace {

NodeId depthwise(Builder& net, const std::string& name, int index, NodeId x, int64_t stride) {
  const int64_t c = net.channels(x);
  x = net.conv(name + "." + std::to_string(index), x, c, 3,
               {.stride = stride, .padding = Padding::all(1), .groups = c});
  return net.batch_norm(name + "." + std::to_string(index + 1), x);
}

NodeId pointwise(Builder& net, const std::string& name, int index, NodeId x, int64_t outputs) {
  const auto part = [&](int i) { return name + "." + std::to_string(index + i); };
  x = net.conv(part(0), x, outputs, 1, {});
  x = net.batch_norm(part(1), x);
  return net.relu(part(2), x);
}

NodeId branch2(Builder& net, const std::string& name, NodeId x, int64_t outputs, int64_t stride) {
  x = pointwise(net, name, 0, x, outputs);
  x = depthwise(net, name, 3, x, stride);
  return pointwise(net, name, 5, x, outputs);
}

// The first of a stage halves the map in both branches; the others pass one half of the channels on as it is.
NodeId unit(Builder& net, const std::string& name, NodeId x, int64_t outputs, int64_t stride) {
  const int64_t half = outputs / 2;
  NodeId first = x, second = x;
  if (stride == 1) {
    first = net.slice(name + ".first", x, 0, half);
    second = net.slice(name + ".second", x, half, half);
  } else {
    first = depthwise(net, name + ".branch1", 0, x, stride);
    first = pointwise(net, name + ".branch1", 2, first, half);
  }
  second = branch2(net, name + ".branch2", second, half, stride);
  return net.channel_shuffle(name + ".shuffle", net.concat(name + ".concat", {first, second}), 2);
}

constexpr int stages = 3;
constexpr int units[stages] = {4, 8, 4};

std::string stage_name(int stage) { return "stage" + std::to_string(stage + 2); }

}  // namespace

Graph ShuffleNetV2::build(int64_t classes) const {
  Builder net;
  NodeId x = net.conv("conv1.0", net.input(), 24, 3, {.stride = 2, .padding = Padding::all(1)});
  x = net.relu("conv1.2", net.batch_norm("conv1.1", x));
  x = net.max_pool("maxpool", x, 3, 2, 1);
  for (int stage = 0; stage < stages; ++stage)
    for (int i = 0; i < units[stage]; ++i)
      x = unit(net, stage_name(stage) + "." + std::to_string(i), x, channels[stage], i == 0 ? 2 : 1);
  x = pointwise(net, "conv5", 0, x, channels[stages]);
  x = net.flatten("flatten", net.adaptive_average_pool("avgpool", x, 1));
  net.dense("fc", x, classes);
  return net.take();
}

std::vector<FreezePoint> ShuffleNetV2::freeze_points() const {
  std::vector<FreezePoint> points{{{"conv1"}}};
  for (int stage = 0; stage < stages; ++stage) points.push_back({{stage_name(stage)}});
  points.back().prefixes.push_back("conv5");
  return points;
}

}  // namespace graft
