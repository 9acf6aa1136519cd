#include <iostream>

#include "tools/exit_status.h"
#include "tools/inspection.h"
#include "tools/json_output.h"
#include "tools/model_source.h"

namespace graft {

int run(const InspectCommand& command) {
  constexpr int64_t imagenet_classes = 1000;
  LoadedModel loaded = load_model(command.source, imagenet_classes);
  Model& model = loaded.model;
  if (command.train) model.freeze_all_but(*command.train);
  std::optional<PlanTable> plan;
  if (command.plan) plan = plan_table(model, command);
  if (command.json) {
    std::cout << inspection_json(model, plan ? &*plan : nullptr);
    return exit_done;
  }
  std::cout << layers_text(model, loaded.preprocessing_assumed);
  if (plan) std::cout << '\n' << plan_text(*plan);
  return exit_done;
}

}  // namespace graft
