#include <iostream>

#include "engine/check.h"
#include "tools/cost_json.h"
#include "tools/cost_text.h"
#include "tools/device_choice.h"
#include "tools/exit_status.h"
#include "tools/model_source.h"
#include "transfer/cost/calibration.h"
#include "transfer/cost/child_process.h"
#include "transfer/cost/rates_file.h"

namespace graft {
namespace {

// In a child: a process that has looked for a GPU here would leave the children that measure none.
ChosenDevice choose_in_child(const DeviceChoice& asked) {
  const std::string lines = text_from_child("--device " + asked.device, [&] {
    const ChosenDevice chosen = choose_device(asked);
    return chosen.choice.device + '\n' + chosen.line;
  });
  ChosenDevice chosen{asked, lines.substr(lines.find('\n') + 1)};
  chosen.choice.device = lines.substr(0, lines.find('\n'));
  return chosen;
}

std::string header_text(const MeasuredInput& input, const CostCommand& command,
                        const MeasuredDevice& device) {
  return text(input.arch, " on ", device.name, ", ", device.threads,
              device.threads == 1 ? " CPU thread, " : " CPU threads, ", command.device.precision, ", batch ",
              input.batch, ", ", input.image_size, " px, median of ", command.runs, " steps\n\n");
}

}  // namespace

int run(const CostCommand& command) {
  const LoadedModel loaded = load_to_inspect(command.source, {}, command.image_size);
  const ModelData& model = loaded.model.data();
  MeasuredInput input{.arch = model.arch, .image_size = model.image_size, .images = {}};
  input.batch = command.batch;
  const ChosenDevice chosen = choose_in_child(command.device);
  std::cerr << chosen.line << '\n';
  const MeasuredDevice device = describe_device(chosen.choice);
  const Roofline roofline = calibrated(rates_path(), chosen.choice, device, command.calibrate,
                                       [] { std::cerr << "calibrating ...\n"; });
  const FreezeCosts costs = freeze_costs(
      model,
      {.device = chosen.choice, .batch = command.batch, .runs = command.runs, .points = command.points},
      roofline, [](const std::string& point) { std::cerr << point << " ...\n"; });
  if (command.json)
    std::cout << cost_json(input, command, device, costs);
  else
    std::cout << header_text(input, command, device) << cost_text(costs, device, command.carbon_intensity);
  return exit_done;
}

}  // namespace graft
