#include "transfer/zoo/builder.h"
#include "transfer/zoo/families.h"

namespace graft {

namespace {

constexpr int first_module = 3;  // behind the stem, its activation and its pool

std::string feature(size_t index) { return "features." + std::to_string(index); }

NodeId fire(Builder& net, const std::string& name, NodeId x, int64_t squeeze) {
  const int64_t expand = 4 * squeeze;
  x = net.conv(name + ".squeeze", x, squeeze, 1, {.bias = true});
  x = net.relu(name + ".squeeze_activation", x);
  NodeId narrow = net.conv(name + ".expand1x1", x, expand, 1, {.bias = true});
  narrow = net.relu(name + ".expand1x1_activation", narrow);
  NodeId wide = net.conv(name + ".expand3x3", x, expand, 3, {.padding = Padding::all(1), .bias = true});
  wide = net.relu(name + ".expand3x3_activation", wide);
  return net.concat(name + ".concat", {narrow, wide});
}

}  // namespace

Graph SqueezeNet::build(int64_t classes) const {
  Builder net;
  NodeId x = net.conv(feature(0), net.input(), stem_outputs, stem_kernel, {.stride = 2, .bias = true});
  x = net.relu(feature(1), x);
  x = net.max_pool(feature(2), x, 3, 2, 0, true);
  for (size_t i = 0; i < modules.size(); ++i) {
    const std::string name = feature(first_module + i);
    x = modules[i] == pool ? net.max_pool(name, x, 3, 2, 0, true) : fire(net, name, x, modules[i]);
  }
  x = net.dropout("classifier.0", x, 0.5);
  x = net.conv("classifier.1", x, classes, 1, {.bias = true});
  x = net.relu("classifier.2", x);
  x = net.adaptive_average_pool("classifier.3", x, 1);
  net.flatten("flatten", x);
  return net.take();
}

std::vector<FreezePoint> SqueezeNet::freeze_points() const {
  std::vector<FreezePoint> points{{{feature(0)}}};
  for (size_t i = 0; i < modules.size(); ++i)
    if (modules[i] != pool) points.push_back({{feature(first_module + i)}});
  return points;
}

}  // namespace graft
