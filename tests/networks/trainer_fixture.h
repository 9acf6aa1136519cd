#pragma once

#include "networks/network_run.h"

namespace graft::test {

// Trains a network on its one batch with the settings that the reference trajectories were made with.
class Trainer {
 public:
  // The network and the device must outlive it; what trains in the network's graph is set here.
  Trainer(Device& device, TestNetwork& network, const TrajectoryReference& trajectory,
          ExecutorOptions options = {});

  // One optimizer step; the loss before it.
  double step(Executor::Observer observer = nullptr);

 private:
  Device& device_;
  const TestNetwork& network_;
  DType dtype_;
  StepState state_;
  Buffer device_state_;
  Workspace workspace_;
  std::unique_ptr<Parameters> parameters_;
  std::unique_ptr<Executor> executor_;
};

}  // namespace graft::test
