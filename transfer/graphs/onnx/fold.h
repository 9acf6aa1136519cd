#pragma once

#include "transfer/graphs/onnx/network.h"

namespace graft {

// Computes a node whose result is known before the network runs: shapes, and arithmetic on them, as exporters
// write it. `owner` keeps the file's message alive. False where the node is no such thing.
bool fold(OnnxNetwork& net, const OnnxNode& node, const std::shared_ptr<const void>& owner);

}  // namespace graft
