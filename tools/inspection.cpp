#include "tools/inspection.h"

#include <iterator>

#include "engine/check.h"
#include "tools/text_table.h"
#include "transfer/inspection/planned_network.h"
#include "transfer/model/freeze.h"
#include "transfer/report/html_text.h"
#include "transfer/training/recipe.h"

namespace graft {
namespace {

std::string shape_text(const std::vector<int64_t>& shape) {
  std::string out;
  for (size_t i = 1; i < shape.size(); ++i) out += (i > 1 ? "x" : "") + std::to_string(shape[i]);
  return out;
}

std::string_view name_of(Storage storage) {
  constexpr std::string_view names[] = {"arena", "parameter", "gradient", "slot", "statistic", "constant"};
  return names[static_cast<size_t>(storage)];
}

PlanTable::Output output_of(const Executor& executor, ValueId id) {
  const Plan& plan = executor.plan();
  const Value& value = plan.value(id);
  PlanTable::Output out{.name = value.name, .storage = std::string(name_of(value.storage))};
  out.bytes = static_cast<size_t>(value.shape.count()) * size_of(value.dtype);
  if (value.storage != Storage::activation) return out;
  for (ValueId at = id; plan.value(at).part_of != no_value; at = plan.value(at).part_of)
    out.offset += static_cast<size_t>(plan.value(at).offset) * size_of(value.dtype);
  out.offset += executor.memory().placements[plan.root(id)].offset;
  return out;
}

std::string outputs_text(const std::vector<PlanTable::Output>& outputs) {
  std::string out;
  for (const PlanTable::Output& o : outputs) {
    if (!out.empty()) out += ' ';
    out += o.storage == "arena" ? text(o.offset, "+", o.bytes) : o.storage;
  }
  return out;
}

}  // namespace

int64_t total_macs(const Model& model) {
  int64_t sum = 0;
  for (const LayerInfo& layer : model.layers()) sum += layer.macs;
  return sum;
}

PlanTable plan_table(const Model& model, const InspectCommand& command) {
  PlannedNetwork network(model.data(), command.device,
                         {.batch = command.batch,
                          .training = command.train.has_value(),
                          .batch_norm = parse_batch_norm(command.batch_norm)});
  const Executor& executor = network.executor();

  PlanTable table;
  table.device = network.device().properties().name;
  table.batch = command.batch;
  table.arena_bytes = executor.memory().arena_bytes;
  table.saved_bytes = executor.memory().saved_bytes;
  table.constant_bytes = executor.constant_bytes();
  table.scratch_bytes = executor.scratch_bytes();
  if (command.train) table.parameter_bytes = network.session().parameters().bytes();
  for (const auto& step : executor.plan().steps()) {
    PlanTable::Row row{.phase = std::string(graft::name_of(step->phase())),
                       .layer = step->layer(),
                       .op = std::string(step->op()),
                       .problem = step->problem_text(),
                       .implementation = std::string(step->implementation()),
                       .turns = step->turns(),
                       .outputs = {}};
    for (ValueId id : step->writes()) row.outputs.push_back(output_of(executor, id));
    table.rows.push_back(std::move(row));
  }
  return table;
}

std::string classes_text(const Model& model) {
  return model.data().head.empty() ? "no head" : text(model.data().output_count(), " classes");
}

std::string layers_text(const Model& model, bool preprocessing_assumed) {
  std::vector<std::vector<std::string>> rows{{"layer", "type", "output", "parameters", "multiply-adds", ""}};
  for (const LayerInfo& layer : model.layers())
    rows.push_back({layer.name, layer.type, shape_text(layer.output_shape), count_text(layer.parameters),
                    count_text(layer.macs),
                    layer.parameters == 0 ? ""
                    : layer.trainable     ? "trains"
                                          : "frozen"});
  std::string points;
  for (const std::string& point : model.freeze_points()) points += (points.empty() ? "" : " ") + point;
  return text(model.arch(), ", ", model.image_size(), " px, ", classes_text(model), '\n',
              "preprocessing: ", model.preprocessing(), preprocessing_assumed ? " (assumed)" : "", '\n',
              "parameters: ", count_text(model.parameter_count()), ", of which ",
              count_text(trainable_parameters(model.data())),
              " train; multiply-adds an image: ", count_text(total_macs(model)), '\n',
              "freeze points, first to last: ", points, "\n\n", text_table(rows, "llrrrl"));
}

std::string plan_text(const PlanTable& plan) {
  std::vector<std::vector<std::string>> rows{
      {"step", "phase", "layer", "op", "problem", "turns", "implementation", "writes (arena offset+bytes)"}};
  for (const PlanTable::Row& row : plan.rows)
    rows.push_back({std::to_string(rows.size()), row.phase, row.layer, row.op, row.problem,
                    std::to_string(row.turns), row.implementation, outputs_text(row.outputs)});
  return text("plan for ", plan.device, ", batch ", plan.batch, ": ", plan.rows.size(), " steps\n",
              text_table(rows, "rllllrll"), "\narena ", plan.arena_bytes, " bytes, saved for backward ",
              plan.saved_bytes, ", constants ", plan.constant_bytes, ", parameters ", plan.parameter_bytes,
              ", scratch ", plan.scratch_bytes, '\n');
}

}  // namespace graft
