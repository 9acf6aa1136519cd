#include "transfer/zoo/builder.h"
#include "transfer/zoo/families.h"

namespace graft {

namespace {

constexpr int map = 6;  // side of the pooled map that the classifier reads

NodeId pool(Builder& net, const std::string& name, NodeId x) { return net.max_pool(name, x, 3, 2, 0); }

NodeId hidden(Builder& net, const std::string& name, const std::string& activation, NodeId x) {
  return net.relu(activation, net.dense(name, x, 4096));
}

}  // namespace

Graph AlexNet::build(int64_t classes) const {
  Builder net;
  NodeId x =
      net.conv("features.0", net.input(), 64, 11, {.stride = 4, .padding = Padding::all(2), .bias = true});
  x = pool(net, "features.2", net.relu("features.1", x));
  x = net.conv("features.3", x, 192, 5, {.padding = Padding::all(2), .bias = true});
  x = pool(net, "features.5", net.relu("features.4", x));
  x = net.conv("features.6", x, 384, 3, {.padding = Padding::all(1), .bias = true});
  x = net.relu("features.7", x);
  x = net.conv("features.8", x, 256, 3, {.padding = Padding::all(1), .bias = true});
  x = net.relu("features.9", x);
  x = net.conv("features.10", x, 256, 3, {.padding = Padding::all(1), .bias = true});
  x = pool(net, "features.12", net.relu("features.11", x));
  x = net.adaptive_average_pool("avgpool", x, map);
  x = net.dropout("classifier.0", net.flatten("flatten", x, map), 0.5);
  x = hidden(net, "classifier.1", "classifier.2", x);
  x = net.dropout("classifier.3", x, 0.5);
  x = hidden(net, "classifier.4", "classifier.5", x);
  net.dense("classifier.6", x, classes);
  return net.take();
}

// A point for each convolution; the two hidden dense layers belong to the last.
std::vector<FreezePoint> AlexNet::freeze_points() const {
  return {{{"features.0"}},
          {{"features.3"}},
          {{"features.6"}},
          {{"features.8"}},
          {{"features.10", "classifier.1", "classifier.4"}}};
}

}  // namespace graft
