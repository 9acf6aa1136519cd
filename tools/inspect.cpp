#include <iostream>

#include "tools/exit_status.h"
#include "tools/inspection.h"
#include "tools/json_output.h"
#include "tools/model_source.h"

namespace graft {

int run(const InspectCommand& command) {
  // First, so that it is told of files too that no network can be made of.
  if (!command.json) std::cout << file_text(command.source) << std::flush;
  const LoadedModel loaded = load_to_inspect(command.source, command.train);
  const Model& model = loaded.model;
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
