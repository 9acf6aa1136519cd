#include <cmath>

#include "transfer/zoo/builder.h"
#include "transfer/zoo/families.h"
#include "transfer/zoo/squeeze_excitation.h"

namespace graft {

namespace {

NodeId conv_norm(Builder& net, const std::string& name, NodeId x, int64_t outputs, int64_t kernel,
                 int64_t stride = 1, int64_t groups = 1) {
  x = net.conv(name + ".0", x, outputs, kernel,
               {.stride = stride, .padding = Padding::all(kernel / 2), .groups = groups});
  return net.batch_norm(name + ".1", x);
}

NodeId block(Builder& net, const RegNet& regnet, const std::string& name, NodeId x, int64_t width,
             int64_t stride) {
  const int64_t squeeze = std::lround(regnet.squeeze * static_cast<double>(net.channels(x)));
  const bool projects = stride != 1 || net.channels(x) != width;
  const NodeId shortcut = projects ? conv_norm(net, name + ".proj", x, width, 1, stride) : x;
  NodeId y = net.relu(name + ".f.a.2", conv_norm(net, name + ".f.a", x, width, 1));
  y = conv_norm(net, name + ".f.b", y, width, 3, stride, width / regnet.group_width);
  y = net.relu(name + ".f.b.2", y);
  if (squeeze > 0)
    y = squeeze_excitation(net, name + ".f.se", y, squeeze, Activation::relu, Activation::sigmoid);
  y = conv_norm(net, name + ".f.c", y, width, 1);
  return net.relu(name + ".activation", net.add(name + ".add", shortcut, y));
}

}  // namespace

Graph RegNet::build(int64_t classes) const {
  Builder net;
  NodeId x = net.relu("stem.2", conv_norm(net, "stem", net.input(), 32, 3, 2));
  for (size_t stage = 0; stage < blocks.size(); ++stage)
    for (int i = 0; i < blocks[stage]; ++i) {
      const std::string name = "block" + std::to_string(stage + 1);
      x = block(net, *this, "trunk_output." + name + "." + name + "-" + std::to_string(i), x, widths[stage],
                i == 0 ? 2 : 1);
    }
  x = net.adaptive_average_pool("avgpool", x, 1);
  x = net.flatten("flatten", x);
  net.dense("fc", x, classes);
  return net.take();
}

std::vector<FreezePoint> RegNet::freeze_points() const {
  return {{{"stem"}},
          {{"trunk_output.block1"}},
          {{"trunk_output.block2"}},
          {{"trunk_output.block3"}},
          {{"trunk_output.block4"}}};
}

}  // namespace graft
