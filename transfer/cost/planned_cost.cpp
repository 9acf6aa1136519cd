#include "transfer/cost/planned_cost.h"

#include <algorithm>

#include "transfer/cost/resident_memory.h"
#include "transfer/model/freeze.h"

namespace graft {

namespace {

int64_t flops(const Plan& plan) {
  int64_t macs = 0;
  for (const auto& step : plan.steps()) macs += step->macs() * step->turns();
  return 2 * macs;
}

// Of the memory that the peak is measured in: the machine's, or the device's own. `grown` is what the process
// has grown by while it planned: the parameters, and the library's code and objects, which are there to stay.
size_t peak_of(const PlannedNetwork& network, const PlanBytes& bytes, size_t grown) {
  const size_t parameters = network.session().parameters().bytes();
  const size_t device = bytes.constants + bytes.arena + bytes.scratch;
  if (network.device().properties().separate_memory) return device + parameters + bytes.inputs;
  return device + bytes.results + std::max(parameters, grown);
}

std::optional<double> seconds_of(const Plan& plan, const Roofline& roofline) {
  std::optional<double> sum = roofline.seconds(size_of_input(plan));
  for (const auto& step : plan.steps()) {
    const std::optional<double> seconds = roofline.seconds(size_of_step(plan, *step));
    if (!sum || !seconds) return std::nullopt;
    *sum += *seconds * step->turns();
  }
  return sum;
}

}  // namespace

PlannedCost plan_cost(const ModelData& model, const DeviceChoice& device, int64_t batch,
                      const Roofline& roofline) {
  settle_resident_memory();
  const size_t idle = resident_memory().now;
  const PlannedNetwork network(model, device, {.batch = batch, .training = true});
  const std::unique_ptr<Plan> plan = network.session().plan(network.request());
  const PlanBytes bytes = network.session().bytes_for(*plan);
  const size_t grown = resident_memory().now - std::min(resident_memory().now, idle);
  return {.trainable_parameters = trainable_parameters(model),
          .flops_per_image = flops(*plan) / batch,
          .peak_bytes = peak_of(network, bytes, grown),
          .saved_bytes = bytes.saved,
          .seconds = seconds_of(*plan, roofline)};
}

}  // namespace graft
