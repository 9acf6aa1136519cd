#include <iostream>

#include "engine/check.h"
#include "tools/device_choice.h"
#include "tools/exit_status.h"
#include "tools/measurement_json.h"
#include "tools/model_source.h"
#include "tools/output_file.h"
#include "tools/profile_text.h"
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
              command.train ? "training " + *command.train : "inference", ": ", profile.steps.size(),
              " steps, median of ", command.runs, " runs\n\n");
}

}  // namespace

int run(const ProfileCommand& command) {
  constexpr int64_t imagenet_classes = 1000;
  if (!command.trace.empty()) check_output_file("--trace", command.trace);
  LoadedModel loaded = load_model(command.source, imagenet_classes);
  ModelData& model = loaded.model.data();
  if (command.image_size) model.image_size = *command.image_size;
  if (command.train) loaded.model.freeze_all_but(*command.train);

  MeasuredInput input;
  input.arch = model.arch;
  input.image_size = model.image_size;
  input.batch = command.batch;
  const ChosenDevice device = choose_device(command.device);
  std::cerr << device.line << '\n';
  const NetworkProfile profile =
      profile_network(model, device.choice, {.batch = command.batch, .training = command.train.has_value()},
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
