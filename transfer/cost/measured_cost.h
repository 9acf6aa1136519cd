#pragma once

#include <optional>

#include "transfer/inspection/planned_network.h"
#include "transfer/inspection/spread.h"

namespace graft {

// What a training step on images was seen to cost, its frozen layers computed anew each time.
struct MeasuredCost {
  // Of the process above the idle one that holds the model and the batch: in the machine's memory, or in the
  // device's own as its driver counts it.
  size_t peak_bytes = 0;
  Spread seconds;
  double probe_seconds = 0;      // what the pace probe (pace_probe.h) took beside the step in the median
  std::optional<double> joules;  // of a step on images; nothing where the device has no counter
  std::optional<Spread> cached_seconds;  // from the frozen layers' outputs; nothing where none are in front
};

// Runs in the process that calls it, whose peak it would find the larger, had it run another step before.
MeasuredCost measure_cost(const ModelData& model, const DeviceChoice& device, const InputBatch& batch,
                          int runs);

}  // namespace graft
