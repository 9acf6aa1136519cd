#pragma once

#include <string>

#include "transfer/zoo/builder.h"

namespace graft {

// Squeeze-and-excitation (Hu et al. 2017, arXiv:1709.01507): each channel times a gate in [0, 1] that two 1x1
// convolutions (NAME.fc1 to `squeeze` channels, NAME.fc2 back) make of the channels' means.
NodeId squeeze_excitation(Builder& net, const std::string& name, NodeId x, int64_t squeeze, Activation inner,
                          Activation gate);

}  // namespace graft
