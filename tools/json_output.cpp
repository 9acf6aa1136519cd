#include "tools/json_output.h"

#include "tools/inspection.h"
#include "tools/json_document.h"
#include "transfer/model/freeze.h"

namespace graft {
namespace {

Json plan_to_json(const PlanTable& plan) {
  Json steps = Json::array();
  for (const PlanTable::Row& row : plan.rows) {
    Json outputs = Json::array();
    for (const PlanTable::Output& output : row.outputs)
      outputs.push_back({{"name", output.name},
                         {"storage", output.storage},
                         {"offset", output.offset},
                         {"bytes", output.bytes}});
    steps.push_back({{"phase", row.phase},
                     {"layer", row.layer},
                     {"op", row.op},
                     {"problem", row.problem},
                     {"implementation", row.implementation},
                     {"turns", row.turns},
                     {"outputs", outputs}});
  }
  return {{"device", plan.device},
          {"batch", plan.batch},
          {"arena_bytes", plan.arena_bytes},
          {"saved_bytes", plan.saved_bytes},
          {"constant_bytes", plan.constant_bytes},
          {"parameter_bytes", plan.parameter_bytes},
          {"scratch_bytes", plan.scratch_bytes},
          {"steps", steps}};
}

}  // namespace

std::string predictions_json(const std::vector<ImagePrediction>& predictions) {
  Json list = Json::array();
  for (const ImagePrediction& prediction : predictions) {
    Json top = Json::array();
    for (const Prediction& p : prediction.top)
      top.push_back({{"class", p.name}, {"index", p.index}, {"probability", p.probability}});
    list.push_back({{"image", prediction.image}, {"top", top}});
  }
  return document(list);
}

std::string evaluation_json(const EvaluateResult& result) {
  return document(
      {{"images", result.images}, {"top1", result.top1}, {"top5", result.top5}, {"loss", result.loss}});
}

std::string inspection_json(const Model& model, const PlanTable* plan) {
  Json layers = Json::array();
  for (const LayerInfo& layer : model.layers())
    layers.push_back({{"name", layer.name},
                      {"type", layer.type},
                      {"output_shape", layer.output_shape},
                      {"parameters", layer.parameters},
                      {"macs", layer.macs},
                      {"trainable", layer.trainable}});
  Json json = {{"arch", model.arch()},
               {"parameters", model.parameter_count()},
               {"trainable_parameters", trainable_parameters(model.data())},
               {"macs", total_macs(model)},
               {"freeze_points", model.freeze_points()},
               {"preprocessing", model.preprocessing()},
               {"layers", layers}};
  if (plan) json["plan"] = plan_to_json(*plan);
  return document(json);
}

}  // namespace graft
