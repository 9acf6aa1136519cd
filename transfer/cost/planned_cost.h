#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "transfer/cost/roofline.h"
#include "transfer/inspection/planned_network.h"

namespace graft {

// What a training step costs by its plan: known before it runs, and without the memory it needs.
struct PlannedCost {
  int64_t trainable_parameters = 0;
  int64_t flops_per_image = 0;  // forward and backward, two for each multiply-add
  size_t peak_bytes = 0;        // parameters, gradients, optimizer, frozen weights, activations, scratch
  size_t saved_bytes = 0;       // what the forward pass leaves for the backward pass
  // Of a step on images; nothing where a step of the plan is of a kind that no probe has.
  std::optional<double> seconds;
};

// In a process that has planned nothing before: the library's code and objects are counted as they are made.
PlannedCost plan_cost(const ModelData& model, const DeviceChoice& device, int64_t batch,
                      const Roofline& roofline);

}  // namespace graft
