#include "tools/cost_findings.h"

#include <unistd.h>

#include <thread>

#include "kernels/onednn_entry.h"
#include "tools/input_json.h"
#include "transfer/cost/energy.h"
#include "transfer/inspection/spread.h"

namespace graft {
namespace {

// By whom it was computed: with the figures of another machine or version they are not to be compared.
Json versions_json() {
  return {{"graft", GRAFT_VERSION}, {"onednn", onednn_version()}, {"compiler", __VERSION__}};
}

Json machine_json(const MeasuredDevice& device) {
  const auto pages = static_cast<int64_t>(sysconf(_SC_PHYS_PAGES));
  return {{"hardware", device.hardware},
          {"processors", std::thread::hardware_concurrency()},
          {"memory_bytes", pages * static_cast<int64_t>(sysconf(_SC_PAGESIZE))}};
}

void add_measured(Json& json, const std::optional<MeasuredCost>& measured,
                  const std::optional<double>& carbon_intensity) {
  for (const char* key :
       {"peak_bytes", "seconds_per_step", "seconds_min", "seconds_max", "runs", "cached_seconds_per_step",
        "cached_seconds_min", "cached_seconds_max", "joules", "grams_co2", "val_top1", "val_top1_std"})
    json[key] = Json();
  if (!measured) return;
  json["peak_bytes"] = measured->peak_bytes;
  json["seconds_per_step"] = measured->seconds.median;
  json["seconds_min"] = measured->seconds.min;
  json["seconds_max"] = measured->seconds.max;
  json["runs"] = measured->seconds.runs;
  if (measured->joules) json["joules"] = *measured->joules;
  if (measured->joules && carbon_intensity)
    json["grams_co2"] = grams_co2(*measured->joules, *carbon_intensity);
  if (!measured->cached_seconds) return;
  json["cached_seconds_per_step"] = measured->cached_seconds->median;
  json["cached_seconds_min"] = measured->cached_seconds->min;
  json["cached_seconds_max"] = measured->cached_seconds->max;
}

// Over the seeds: not known from one.
Json deviation_json(const std::vector<double>& values) {
  return values.size() > 1 ? Json(standard_deviation(values)) : Json();
}

// Of the trainings of a point on the largest share of the images, at the default rate.
const AccuracyCost* usual_training(const CostFindings& findings, const std::string& point) {
  const AccuracyCost* usual = nullptr;
  for (const AccuracyCost& cost : findings.trainings)
    if (cost.point == point && !cost.rate_chosen && (!usual || cost.fraction > usual->fraction))
      usual = &cost;
  return usual;
}

Json point_json(const PointCost& cost, const CostCommand& command, const CostFindings& findings) {
  const PlannedCost& plan = cost.planned;
  const size_t saved_of_all = findings.steps.saved_bytes_of_all;
  Json json = {{"point", cost.point},
               {"trainable_parameters", plan.trainable_parameters},
               {"flops_per_image", plan.flops_per_image},
               {"predicted_peak_bytes", plan.peak_bytes},
               {"saved_bytes", plan.saved_bytes},
               {"saved_share", Json()},
               {"predicted_seconds_per_step", Json()},
               {"pace", cost.pace ? Json(*cost.pace) : Json()}};
  if (saved_of_all > 0)
    json["saved_share"] = static_cast<double>(plan.saved_bytes) / static_cast<double>(saved_of_all);
  if (plan.seconds) json["predicted_seconds_per_step"] = *plan.seconds;
  add_measured(json, cost.measured, command.carbon_intensity);
  if (const AccuracyCost* training = usual_training(findings, cost.point)) {
    json["val_top1"] = mean(training->top1);
    json["val_top1_std"] = deviation_json(training->top1);
  }
  json["failure"] = cost.failure.empty() ? Json() : Json(cost.failure);
  return json;
}

Json training_json(const AccuracyCost& cost) {
  return {{"point", cost.point},
          {"fraction", cost.fraction},
          {"train_images", cost.train_images},
          {"rate", cost.rate_chosen ? "best_of_three" : "default"},
          {"learning_rate", cost.learning_rate},
          {"val_top1", mean(cost.top1)},
          {"val_top1_std", deviation_json(cost.top1)},
          {"val_top1_by_seed", cost.top1},
          {"seconds", mean(cost.seconds)},
          {"seconds_std", deviation_json(cost.seconds)},
          {"seconds_by_seed", cost.seconds},
          {"features_found", cost.features_found},
          {"frontier", cost.on_frontier}};
}

}  // namespace

std::string cost_json(const CostCommand& command, const CostFindings& findings) {
  const MeasuredDevice& device = findings.device;
  Json json = input_json(findings.input);
  json.update(device_json(device.name, command.device));
  json["threads"] = device.threads;
  json["command"] = command.words;
  json["versions"] = versions_json();
  json["machine"] = machine_json(device);
  json["why_no_energy"] = device.why_no_energy.empty() ? Json() : Json(device.why_no_energy);
  json["carbon_intensity"] = command.carbon_intensity ? Json(*command.carbon_intensity) : Json();
  json["points"] = Json::array();
  for (const PointCost& cost : findings.steps.points)
    json["points"].push_back(point_json(cost, command, findings));
  json["val_images"] = findings.trainings.empty() ? Json() : Json(findings.held_out_images);
  json["trainings"] = Json::array();
  for (const AccuracyCost& cost : findings.trainings) json["trainings"].push_back(training_json(cost));
  return document(json);
}

}  // namespace graft
