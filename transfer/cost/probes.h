#pragma once

#include <vector>

#include "transfer/model/model_data.h"

namespace graft {

// Small networks nobody uses, one for each size of feature map, with the kinds of layers that published ones
// are made of: what a device is timed on to learn how fast it computes each.
std::vector<ModelData> probe_networks();
// The few of them that PaceProbe runs.
std::vector<ModelData> pace_networks();

}  // namespace graft
