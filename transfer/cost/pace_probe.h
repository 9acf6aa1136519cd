#pragma once

#include <memory>
#include <vector>

#include "transfer/inspection/planned_network.h"

namespace graft {

// A few of the probes' training steps, to be run between the runs of what is timed: how long they take says
// how fast the machine is just then. Other programs on it slow it down for seconds and for hours.
class PaceProbe {
 public:
  explicit PaceProbe(const DeviceChoice& device);

  // Of one run of all of them, on the mean of as many as fill `at_least`.
  double seconds(double at_least = 0);

 private:
  void run();

  std::vector<ModelData> models_;
  std::vector<std::unique_ptr<PlannedNetwork>> networks_;
};

// Of runs that took `seconds`, by the probe's seconds in front of each and behind the last: by the median,
// how many times as long a run takes as the probe.
double runs_in_probes(const std::vector<double>& seconds, const std::vector<double>& probe_seconds);

}  // namespace graft
