#pragma once

#include <cstdint>
#include <utility>

#include "transfer/data/dataset.h"

namespace graft {

struct Split {
  Dataset train, val;
};

// Takes `fraction` of each class, rounded, for validation: at least one picture of a class that has two, and
// never the last one. A pure function of (names of the samples, fraction, seed); a class's share does not
// depend on the other classes. Error (call) where fraction is not between 0 and 1.
Split split_by_seed(const Dataset& data, double fraction, uint64_t seed);

}  // namespace graft
