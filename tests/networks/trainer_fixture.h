#pragma once

#include <vector>

#include "engine/device.h"
#include "networks/network_run.h"

namespace graft::test {

// The losses of optimizer steps on the network's one batch, with the settings that the reference trajectories
// were made with.
std::vector<double> train_losses(Device& device, TestNetwork& network, const TrajectoryReference& trajectory,
                                 size_t steps, ExecutorOptions options = {});

}  // namespace graft::test
