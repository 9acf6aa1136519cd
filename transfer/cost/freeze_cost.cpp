#include "transfer/cost/freeze_cost.h"

#include "engine/check.h"
#include "transfer/cost/child_process.h"
#include "transfer/cost/points.h"

namespace graft {

namespace {

PlannedCost planned(const ModelData& model, const CostOptions& options, const Roofline& roofline) {
  return from_child<PlannedCost>("planning",
                                 [&] { return plan_cost(model, options.device, options.batch, roofline); });
}

void measure(const ModelData& model, const CostOptions& options, const InputBatch& batch, PointCost& cost) {
  try {
    cost.measured = from_child<MeasuredCost>(
        cost.point, [&] { return measure_cost(model, options.device, batch, options.runs); });
  } catch (const Error& error) {
    if (error.code() != ErrorCode::memory) throw;
    cost.failure = error.what();
  }
}

}  // namespace

FreezeCosts freeze_costs(const ModelData& model, const CostOptions& options, const Calibration& calibration,
                         const std::function<void(const std::string&)>& before) {
  std::vector<ModelData> models;
  const auto points = options.points.empty() ? default_points(model) : options.points;
  for (const std::string& point : points) models.push_back(at_point(model, point));
  FreezeCosts costs;
  costs.saved_bytes_of_all = planned(at_point(model, "all"), options, calibration.roofline).saved_bytes;
  const InputBatch batch = random_batch(model, options.batch, 0);
  for (size_t i = 0; i < points.size(); ++i) {
    before(points[i]);
    PointCost& cost = costs.points.emplace_back();
    cost.point = points[i];
    cost.planned = planned(models[i], options, calibration.roofline);
    measure(models[i], options, batch, cost);
    if (!cost.measured) continue;
    cost.pace = cost.measured->probe_seconds / calibration.probe_seconds;
    if (cost.planned.seconds) *cost.planned.seconds *= *cost.pace;
  }
  return costs;
}

}  // namespace graft
