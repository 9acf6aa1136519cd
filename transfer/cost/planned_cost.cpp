#include "transfer/cost/planned_cost.h"

#include "transfer/model/freeze.h"

namespace graft {

namespace {

int64_t flops(const Plan& plan) {
  int64_t macs = 0;
  for (const auto& step : plan.steps()) macs += step->macs();
  return 2 * macs;
}

// Of the memory that peak_bytes is measured in: the machine's, or the device's own.
size_t peak_of(const PlannedNetwork& network, const PlanBytes& bytes) {
  const bool separate = network.device().properties().separate_memory;
  return network.session().parameters().bytes() + bytes.constants + bytes.arena + bytes.scratch +
         (separate ? bytes.inputs : bytes.results);
}

std::optional<double> seconds_of(const Plan& plan, const Roofline& roofline) {
  double sum = 0;
  std::vector<StepSize> sizes{size_of_input(plan)};
  for (const auto& step : plan.steps()) sizes.push_back(size_of_step(plan, *step));
  for (const StepSize& size : sizes) {
    const std::optional<double> seconds = roofline.seconds(size);
    if (!seconds) return std::nullopt;
    sum += *seconds;
  }
  return sum;
}

}  // namespace

PlannedCost plan_cost(const ModelData& model, const DeviceChoice& device, int64_t batch,
                      const Roofline& roofline) {
  const PlannedNetwork network(model, device, {.batch = batch, .training = true});
  const std::unique_ptr<Plan> plan = network.session().plan(network.request());
  const PlanBytes bytes = network.session().bytes_for(*plan);
  return {.trainable_parameters = trainable_parameters(model),
          .flops_per_image = flops(*plan) / batch,
          .peak_bytes = peak_of(network, bytes),
          .saved_bytes = bytes.saved,
          .seconds = seconds_of(*plan, roofline)};
}

}  // namespace graft
