#pragma once

#include <string>
#include <vector>

#include "transfer/inspection/planned_network.h"

namespace graft {

struct ProfiledStep {
  std::string phase, layer, op, problem, implementation;
  int turns = 1;      // in a run, a few images in each
  int64_t flops = 0;  // of a run: two for each multiply-add; 0 for ops that are not counted in them
  int64_t bytes = 0;  // of a run: of its operands, each counted once a turn
  double seconds = 0, seconds_min = 0;  // median and least of the runs
  double share = 0;                     // of the sum of all steps' medians

  double flops_per_second() const { return seconds > 0 ? static_cast<double>(flops) / seconds : 0; }
  double bytes_per_second() const { return seconds > 0 ? static_cast<double>(bytes) / seconds : 0; }
};

struct NetworkProfile {
  std::string device;
  int threads = 0;
  std::vector<ProfiledStep> steps;         // in the plan's order
  std::vector<std::vector<double>> marks;  // by run, as in StepTimes
  std::vector<int> order;                  // of marks: indices of steps
  double steps_seconds = 0;                // sum of the steps' medians
  double marked_seconds = 0;               // median of whole runs whose steps were timed
  double seconds = 0, seconds_min = 0;     // median and least of whole runs that were left alone
};

// The same steps added up by op and implementation, the most expensive first. Phase, layer and problem are
// empty, seconds_min is the sum of least times.
struct ProfiledGroup {
  int steps = 0;
  ProfiledStep sum;
};
std::vector<ProfiledGroup> by_implementation(const NetworkProfile& profile);

NetworkProfile profile_network(const ModelData& model, const DeviceChoice& device, const PlanChoice& plan,
                               const InputBatch& batch, int runs);

}  // namespace graft
