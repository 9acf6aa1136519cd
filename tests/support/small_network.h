#pragma once

#include "engine/graph.h"
#include "engine/weights.h"

namespace graft::test {

// conv1 bn1 relu1 -> conv2 bn2 (+ relu1) relu2 -> pool -> flatten -> dropout -> fc: each kind of layer once,
// in little.
Graph small_network(int64_t classes = 3, double dropout = 0.5);

// Uniform values by seed; running variances are positive.
Weights random_weights(const Graph& graph, uint64_t seed);

}  // namespace graft::test
