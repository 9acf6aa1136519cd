#include "transfer/zoo/builder.h"
#include "transfer/zoo/conv_norm_relu.h"
#include "transfer/zoo/families.h"

namespace graft {

namespace {

struct Module {
  std::string_view name;
  // Outputs of the branches; `reduce3` and `reduce5` are those of the 1x1 convolutions in front.
  int64_t one, reduce3, three, reduce5, five, pool;
};

// Table 1 of the paper. What it calls 5x5 has 3x3 kernels in the published weights.
constexpr Module modules[] = {{"3a", 64, 96, 128, 16, 32, 32},     {"3b", 128, 128, 192, 32, 96, 64},
                              {"4a", 192, 96, 208, 16, 48, 64},    {"4b", 160, 112, 224, 24, 64, 64},
                              {"4c", 128, 128, 256, 24, 64, 64},   {"4d", 112, 144, 288, 32, 64, 64},
                              {"4e", 256, 160, 320, 32, 128, 128}, {"5a", 256, 160, 320, 32, 128, 128},
                              {"5b", 384, 192, 384, 48, 128, 128}};

std::string module_name(const Module& module) { return "inception" + std::string(module.name); }

NodeId inception(Builder& net, const Module& m, NodeId x) {
  const std::string name = module_name(m) + ".branch";
  const NodeId one = conv_norm_relu(net, name + "1", x, m.one, 1);
  NodeId three = conv_norm_relu(net, name + "2.0", x, m.reduce3, 1);
  three = conv_norm_relu(net, name + "2.1", three, m.three, 3);
  NodeId five = conv_norm_relu(net, name + "3.0", x, m.reduce5, 1);
  five = conv_norm_relu(net, name + "3.1", five, m.five, 3);
  NodeId pool = net.max_pool(name + "4.0", x, 3, 1, 1, true);
  pool = conv_norm_relu(net, name + "4.1", pool, m.pool, 1);
  return net.concat(module_name(m) + ".concat", {one, three, five, pool});
}

}  // namespace

Graph GoogLeNet::build(int64_t classes) const {
  Builder net;
  NodeId x = conv_norm_relu(net, "conv1", net.input(), 64, 7, {.stride = 2, .padding = Padding::all(3)});
  x = net.max_pool("maxpool1", x, 3, 2, 0, true);
  x = conv_norm_relu(net, "conv2", x, 64, 1);
  x = conv_norm_relu(net, "conv3", x, 192, 3);
  x = net.max_pool("maxpool2", x, 3, 2, 0, true);
  for (const Module& module : modules) {
    if (module.name == "4a") x = net.max_pool("maxpool3", x, 3, 2, 0, true);
    if (module.name == "5a") x = net.max_pool("maxpool4", x, 2, 2, 0, true);
    x = inception(net, module, x);
  }
  x = net.adaptive_average_pool("avgpool", x, 1);
  x = net.flatten("flatten", x);
  x = net.dropout("dropout", x, 0.2);
  net.dense("fc", x, classes);
  return net.take();
}

std::vector<FreezePoint> GoogLeNet::freeze_points() const {
  std::vector<FreezePoint> points{{{"conv1"}}, {{"conv2", "conv3"}}};
  for (const Module& module : modules) points.push_back({{module_name(module)}});
  return points;
}

}  // namespace graft
