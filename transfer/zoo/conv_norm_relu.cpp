#include "transfer/zoo/conv_norm_relu.h"

namespace graft {

NodeId conv_norm_relu(Builder& net, const std::string& name, NodeId x, int64_t outputs,
                      Builder::Kernel kernel, const Builder::Window& window) {
  x = net.conv(name + ".conv", x, outputs, kernel, window);
  return net.relu(name + ".relu", net.batch_norm(name + ".bn", x, 1e-3));
}

NodeId conv_norm_relu(Builder& net, const std::string& name, NodeId x, int64_t outputs,
                      Builder::Kernel kernel) {
  return conv_norm_relu(net, name, x, outputs, kernel, {.padding = kernel.padding()});
}

}  // namespace graft
