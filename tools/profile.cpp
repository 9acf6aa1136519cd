#include <iostream>

#include "engine/check.h"
#include "tools/device_choice.h"
#include "tools/exit_status.h"
#include "tools/measurement_json.h"
#include "tools/model_source.h"
#include "tools/output_file.h"
#include "tools/profile_text.h"
#include "transfer/training/recipe.h"
#include "transfer/weights/atomic_file.h"

namespace graft {
namespace {

void write_trace(const std::string& path, const MeasuredInput& input, const NetworkProfile& profile) {
  AtomicFile file(path);
  file.write(trace_json(input, profile));
  file.commit();
}

std::string header_text(const MeasuredInput& input, const ProfileCommand& command,
                        const NetworkProfile& profile) {
  return text(input.arch, " on ", profile.device, ", ", profile.threads,
              profile.threads == 1 ? " CPU thread, " : " CPU threads, ", command.device.precision, ", batch ",
              input.batch, ", ", input.image_size, " px, ",
              command.train ? "training " + *command.train : "inference",
              command.batch_norm == "train" ? " on the batch's statistics" : "", ": ", profile.steps.size(),
              " steps, median of ", command.runs, " runs\n\n");
}

}  // namespace

int run(const ProfileCommand& command) {
  if (!command.trace.empty()) check_output_file("--trace", command.trace);
  const LoadedModel loaded = load_to_inspect(command.source, command.train, command.image_size);
  const ModelData& model = loaded.model.data();
  MeasuredInput input{.arch = model.arch, .image_size = model.image_size, .images = {}};
  input.batch = command.batch;
  const ChosenDevice device = choose_device(command.device);
  std::cerr << device.line << '\n';
  const NetworkProfile profile =
      profile_network(model, device.choice,
                      {.batch = command.batch,
                       .training = command.train.has_value(),
                       .batch_norm = parse_batch_norm(command.batch_norm)},
                      random_batch(model, command.batch, input.seed), command.runs);
  if (!command.trace.empty()) write_trace(command.trace, input, profile);
  if (command.json)
    std::cout << profile_json(input, command, profile);
  else
    std::cout << header_text(input, command, profile) << steps_text(profile) << '\n'
              << groups_text(profile) << '\n'
              << totals_text(profile);
  return exit_done;
}

}  // namespace graft
