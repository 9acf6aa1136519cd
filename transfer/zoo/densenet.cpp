#include "transfer/zoo/builder.h"
#include "transfer/zoo/families.h"

namespace graft {

namespace {

constexpr int64_t bottleneck = 4;  // times the growth: outputs of the 1x1 convolution of a layer

std::string block_name(size_t block) { return "features.denseblock" + std::to_string(block + 1); }
std::string transition_name(size_t block) { return "features.transition" + std::to_string(block + 1); }

NodeId norm_relu(Builder& net, const std::string& prefix, const std::string& suffix, NodeId x) {
  return net.relu(prefix + "relu" + suffix, net.batch_norm(prefix + "norm" + suffix, x));
}

// All that is known so far, and `growth` channels more.
NodeId dense_layer(Builder& net, const std::string& name, NodeId x, int64_t growth) {
  NodeId y = norm_relu(net, name + ".", "1", x);
  y = net.conv(name + ".conv1", y, bottleneck * growth, 1, {});
  y = norm_relu(net, name + ".", "2", y);
  y = net.conv(name + ".conv2", y, growth, 3, {.padding = Padding::all(1)});
  return net.concat(name + ".concat", {x, y});
}

NodeId transition(Builder& net, const std::string& name, NodeId x) {
  NodeId y = norm_relu(net, name + ".", "", x);
  y = net.conv(name + ".conv", y, net.channels(x) / 2, 1, {});
  return net.average_pool(name + ".pool", y, 2, 2, 0);
}

}  // namespace

Graph DenseNet::build(int64_t classes) const {
  Builder net;
  NodeId x = net.conv("features.conv0", net.input(), stem, 7, {.stride = 2, .padding = Padding::all(3)});
  x = norm_relu(net, "features.", "0", x);
  x = net.max_pool("features.pool0", x, 3, 2, 1);
  for (size_t block = 0; block < layers.size(); ++block) {
    for (int i = 1; i <= layers[block]; ++i)
      x = dense_layer(net, block_name(block) + ".denselayer" + std::to_string(i), x, growth);
    if (block + 1 < layers.size()) x = transition(net, transition_name(block), x);
  }
  x = norm_relu(net, "features.", "5", x);
  x = net.adaptive_average_pool("avgpool", x, 1);
  x = net.flatten("flatten", x);
  net.dense("classifier", x, classes);
  return net.take();
}

// A point for each dense block; the transition behind it belongs to it.
std::vector<FreezePoint> DenseNet::freeze_points() const {
  std::vector<FreezePoint> points{{{"features.conv0", "features.norm0"}}};
  for (size_t block = 0; block < layers.size(); ++block)
    points.push_back(
        {{block_name(block), block + 1 < layers.size() ? transition_name(block) : "features.norm5"}});
  return points;
}

// torchvision's files still have the names of its first version: "denselayer1.norm.1", not
// "denselayer1.norm1".
std::string DenseNet::older_name(const std::string& tensor) {
  const size_t layer = tensor.find(".denselayer");
  if (layer == tensor.npos) return tensor;
  const size_t number = tensor.find_first_of("12", tensor.find('.', layer + 1));
  return tensor.substr(0, number) + "." + tensor.substr(number);
}

}  // namespace graft
