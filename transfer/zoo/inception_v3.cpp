#include "transfer/zoo/builder.h"
#include "transfer/zoo/conv_norm_relu.h"
#include "transfer/zoo/families.h"

namespace graft {

namespace {

using Kernel = Builder::Kernel;

constexpr std::string_view modules[] = {"Mixed_5b", "Mixed_5c", "Mixed_5d", "Mixed_6a",
                                        "Mixed_6b", "Mixed_6c", "Mixed_6d", "Mixed_6e",
                                        "Mixed_7a", "Mixed_7b", "Mixed_7c"};

// One module: `name` ends with "." and its layers follow.
struct Module {
  Builder& net;
  std::string name;

  NodeId conv(const std::string& layer, NodeId x, int64_t outputs, Kernel kernel) {
    return conv_norm_relu(net, name + layer, x, outputs, kernel);
  }
  NodeId halve(const std::string& layer, NodeId x, int64_t outputs) {
    return conv_norm_relu(net, name + layer, x, outputs, 3, {.stride = 2});
  }
  NodeId pooled(NodeId x, int64_t outputs) {
    return conv("branch_pool", net.average_pool(name + "pool", x, 3, 1, 1), outputs, 1);
  }
  NodeId concat(std::vector<NodeId> branches) { return net.concat(name + "concat", std::move(branches)); }
};

// Figure 5 of the paper; with 5x5 kernels where that has two of 3x3.
NodeId module_a(Module m, NodeId x, int64_t pool_outputs) {
  const NodeId one = m.conv("branch1x1", x, 64, 1);
  const NodeId five = m.conv("branch5x5_2", m.conv("branch5x5_1", x, 48, 1), 64, 5);
  NodeId three = m.conv("branch3x3dbl_1", x, 64, 1);
  three = m.conv("branch3x3dbl_2", three, 96, 3);
  three = m.conv("branch3x3dbl_3", three, 96, 3);
  return m.concat({one, five, three, m.pooled(x, pool_outputs)});
}

NodeId module_b(Module m, NodeId x) {
  const NodeId one = m.halve("branch3x3", x, 384);
  NodeId two = m.conv("branch3x3dbl_1", x, 64, 1);
  two = m.conv("branch3x3dbl_2", two, 96, 3);
  two = m.halve("branch3x3dbl_3", two, 96);
  return m.concat({one, two, m.net.max_pool(m.name + "pool", x, 3, 2, 0)});
}

// Figure 6: 7x7 kernels in two factors.
NodeId module_c(Module m, NodeId x, int64_t inner) {
  const NodeId one = m.conv("branch1x1", x, 192, 1);
  NodeId seven = m.conv("branch7x7_1", x, inner, 1);
  seven = m.conv("branch7x7_2", seven, inner, {1, 7});
  seven = m.conv("branch7x7_3", seven, 192, {7, 1});
  NodeId twice = m.conv("branch7x7dbl_1", x, inner, 1);
  twice = m.conv("branch7x7dbl_2", twice, inner, {7, 1});
  twice = m.conv("branch7x7dbl_3", twice, inner, {1, 7});
  twice = m.conv("branch7x7dbl_4", twice, inner, {7, 1});
  twice = m.conv("branch7x7dbl_5", twice, 192, {1, 7});
  return m.concat({one, seven, twice, m.pooled(x, 192)});
}

NodeId module_d(Module m, NodeId x) {
  const NodeId three = m.halve("branch3x3_2", m.conv("branch3x3_1", x, 192, 1), 320);
  NodeId seven = m.conv("branch7x7x3_1", x, 192, 1);
  seven = m.conv("branch7x7x3_2", seven, 192, {1, 7});
  seven = m.conv("branch7x7x3_3", seven, 192, {7, 1});
  seven = m.halve("branch7x7x3_4", seven, 192);
  return m.concat({three, seven, m.net.max_pool(m.name + "pool", x, 3, 2, 0)});
}

// Figure 7: the branches of 3x3 end in two of their own.
NodeId module_e(Module m, NodeId x) {
  const NodeId one = m.conv("branch1x1", x, 320, 1);
  const NodeId three = m.conv("branch3x3_1", x, 384, 1);
  const NodeId three_a = m.conv("branch3x3_2a", three, 384, {1, 3});
  const NodeId three_b = m.conv("branch3x3_2b", three, 384, {3, 1});
  NodeId twice = m.conv("branch3x3dbl_1", x, 448, 1);
  twice = m.conv("branch3x3dbl_2", twice, 384, 3);
  const NodeId twice_a = m.conv("branch3x3dbl_3a", twice, 384, {1, 3});
  const NodeId twice_b = m.conv("branch3x3dbl_3b", twice, 384, {3, 1});
  return m.concat({one, three_a, three_b, twice_a, twice_b, m.pooled(x, 192)});
}

NodeId stem(Builder& net) {
  NodeId x = conv_norm_relu(net, "Conv2d_1a_3x3", net.input(), 32, 3, {.stride = 2});
  x = conv_norm_relu(net, "Conv2d_2a_3x3", x, 32, 3, {});
  x = conv_norm_relu(net, "Conv2d_2b_3x3", x, 64, 3);
  x = net.max_pool("maxpool1", x, 3, 2, 0);
  x = conv_norm_relu(net, "Conv2d_3b_1x1", x, 80, 1);
  x = conv_norm_relu(net, "Conv2d_4a_3x3", x, 192, 3, {});
  return net.max_pool("maxpool2", x, 3, 2, 0);
}

}  // namespace

Graph InceptionV3::build(int64_t classes) const {
  Builder net;
  const auto module = [&](std::string_view name) { return Module{net, std::string(name) + "."}; };
  NodeId x = stem(net);
  x = module_a(module("Mixed_5b"), x, 32);
  x = module_a(module("Mixed_5c"), x, 64);
  x = module_a(module("Mixed_5d"), x, 64);
  x = module_b(module("Mixed_6a"), x);
  x = module_c(module("Mixed_6b"), x, 128);
  x = module_c(module("Mixed_6c"), x, 160);
  x = module_c(module("Mixed_6d"), x, 160);
  x = module_c(module("Mixed_6e"), x, 192);
  x = module_d(module("Mixed_7a"), x);
  x = module_e(module("Mixed_7b"), x);
  x = module_e(module("Mixed_7c"), x);
  x = net.adaptive_average_pool("avgpool", x, 1);
  x = net.flatten("flatten", x);
  x = net.dropout("dropout", x, 0.5);
  net.dense("fc", x, classes);
  return net.take();
}

std::vector<FreezePoint> InceptionV3::freeze_points() const {
  std::vector<FreezePoint> points{{{"Conv2d_1a_3x3", "Conv2d_2a_3x3", "Conv2d_2b_3x3"}},
                                  {{"Conv2d_3b_1x1", "Conv2d_4a_3x3"}}};
  for (std::string_view module : modules) points.push_back({{std::string(module)}});
  return points;
}

}  // namespace graft
