#pragma once

#include <functional>
#include <string>
#include <vector>

#include "transfer/cost/calibration.h"
#include "transfer/cost/measured_cost.h"
#include "transfer/cost/planned_cost.h"

namespace graft {

// What training a network costs at one freeze point.
struct PointCost {
  std::string point;
  PlannedCost planned;  // its seconds at this pace
  // How many times as long as in the calibration the pace probe took beside the measured steps; nothing where
  // none were measured.
  std::optional<double> pace;
  std::optional<MeasuredCost> measured;
  std::string failure;  // why nothing was measured; empty where it was
};

struct FreezeCosts {
  size_t saved_bytes_of_all = 0;  // by the plan of training everything
  std::vector<PointCost> points;
};

struct CostOptions {
  DeviceChoice device;
  int64_t batch = 32;
  int runs = 5;
  std::vector<std::string> points;  // empty: default_points()
};

// Plans each point, then measures it, each in a process of its own, so that no point's memory hides in that
// of another; see child_process.h. `before(point)` is called in front of each. Error{call} where a point is
// none of the network's, before any work.
FreezeCosts freeze_costs(const ModelData& model, const CostOptions& options, const Calibration& calibration,
                         const std::function<void(const std::string&)>& before);

}  // namespace graft
