#pragma once

#include <array>

#include "transfer/cost/pace_probe.h"
#include "transfer/cost/roofline.h"

namespace graft {

// Times the steps of networks' training plans one by one, all at one pace of the machine: a probe of it is
// run between their runs.
class StepTimer {
 public:
  explicit StepTimer(const DeviceChoice& device);

  void time(const ModelData& network, int64_t batch);

  // Of all that was timed, and of the inputs' way there, as if the machine had always been as fast as it was
  // in the median.
  std::vector<TimedStep> timed() const;
  double probe_seconds() const;  // by that pace

 private:
  // In a large network a step finds in the caches what the steps just before it have left there, not what a
  // small network's run before did.
  class OtherMemory {
   public:
    void pass_through_caches();

   private:
    using Line = std::array<char, 64>;
    std::vector<Line> lines_;
  };

  std::vector<double> step_seconds(const PlannedNetwork& network);  // by step, of a turn

  DeviceChoice device_;
  PaceProbe probe_;
  OtherMemory other_;
  std::vector<double> probe_seconds_;
  std::vector<TimedStep> in_probes_;  // with how many times as long as the probe they took
};

}  // namespace graft
