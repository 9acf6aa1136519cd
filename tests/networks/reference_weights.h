#pragma once

#include <string_view>
#include <vector>

#include "engine/graph.h"

namespace graft::test {

// n numbers in [-1, 1) that depend on the name only: 64-bit FNV-1a of the name, then SplitMix64 (Steele et
// al. 2014). Each is a multiple of 2^-23, so exact in float32.
std::vector<float> uniform(std::string_view name, int64_t n);

// Every parameter regenerated from its name, as the reference outputs were computed with; the running
// statistics are given.
Weights reference_weights(const Graph& graph, const Weights& statistics);
// Running means and variances of 1.
Weights unit_statistics(const Graph& graph);

}  // namespace graft::test
