#pragma once

#include <string>

#include "transfer/zoo/builder.h"

namespace graft {

// What GoogLeNet and Inception are made of: NAME.conv without bias, NAME.bn with an epsilon of 1e-3, ReLU.
NodeId conv_norm_relu(Builder& net, const std::string& name, NodeId x, int64_t outputs,
                      Builder::Kernel kernel, const Builder::Window& window);
// At stride 1 and with as much padding as keeps the size.
NodeId conv_norm_relu(Builder& net, const std::string& name, NodeId x, int64_t outputs,
                      Builder::Kernel kernel);

}  // namespace graft
