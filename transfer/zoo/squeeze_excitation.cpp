#include "transfer/zoo/squeeze_excitation.h"

namespace graft {

NodeId squeeze_excitation(Builder& net, const std::string& name, NodeId x, int64_t squeeze, Activation inner,
                          Activation gate) {
  NodeId y = net.adaptive_average_pool(name + ".avgpool", x, 1);
  y = net.conv(name + ".fc1", y, squeeze, 1, {.bias = true});
  y = net.activation(name + ".activation", y, inner);
  y = net.conv(name + ".fc2", y, net.channels(x), 1, {.bias = true});
  y = net.activation(name + ".scale_activation", y, gate);
  return net.multiply(name + ".multiply", x, y);
}

}  // namespace graft
