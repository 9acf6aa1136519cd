#include <iostream>

#include "tools/cost_findings.h"
#include "tools/datasets.h"
#include "tools/device_choice.h"
#include "tools/exit_status.h"
#include "tools/model_source.h"
#include "tools/output_file.h"
#include "transfer/cost/calibration.h"
#include "transfer/cost/child_process.h"
#include "transfer/cost/rates_file.h"
#include "transfer/report/write_file.h"

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

// A network that is to be trained has a new head, for the classes of the data.
Model starting_model(const CostCommand& command, const std::optional<Sides>& sides) {
  if (!sides) return load_to_inspect(command.source, {}, command.image_size).model;
  const std::vector<std::string>& classes = sides->train.classes();
  Model model = load_model(command.source, static_cast<int64_t>(classes.size())).model;
  if (command.image_size) model.data().image_size = *command.image_size;
  model.swap_head(classes);
  return model;
}

std::vector<AccuracyCost> trainings(const Model& model, const CostCommand& command, const Sides& sides,
                                    const CostFindings& findings, const DeviceChoice& device) {
  AccuracyOptions options{
      .points = {}, .fractions = command.fractions, .seeds = command.seeds, .training = {}};
  for (const PointCost& cost : findings.steps.points) options.points.push_back(cost.point);
  options.training.device = device;
  options.training.batch = command.batch;
  options.training.image_size = command.image_size;
  options.training.epochs = command.epochs;
  return accuracy_costs(model, sides.train, sides.held_out, options,
                        [](const std::string& line) { std::cerr << line << '\n'; });
}

void write_report(const CostCommand& command, const CostFindings& findings) {
  const std::filesystem::path folder = command.report;
  write_text_file(folder / "report.json", cost_json(command, findings));
  write_text_file(folder / "report.html", cost_html(command, findings));
  std::cerr << "wrote " << command.report << "/report.html and report.json\n";
}

}  // namespace

int run(const CostCommand& command) {
  if (!command.report.empty()) make_output_folder("--report", command.report);
  std::optional<Sides> sides;
  if (!command.data.empty()) sides = open_sides(command.data, command.val, command.val_split, 0);
  const Model model = starting_model(command, sides);
  CostFindings findings;
  findings.input = {
      .arch = model.arch(), .image_size = model.image_size(), .batch = command.batch, .images = {}};
  const ChosenDevice chosen = choose_in_child(command.device);
  std::cerr << chosen.line << '\n';
  findings.device = describe_device(chosen.choice);
  const Calibration calibration = calibrated(rates_path(), chosen.choice, findings.device, command.calibrate,
                                             [] { std::cerr << "calibrating ...\n"; });
  findings.steps = freeze_costs(
      model.data(),
      {.device = chosen.choice, .batch = command.batch, .runs = command.runs, .points = command.points},
      calibration, [](const std::string& point) { std::cerr << point << " ...\n"; });
  if (sides) {
    findings.held_out_images = static_cast<int64_t>(sides->held_out.size());
    findings.trainings = trainings(model, command, *sides, findings, chosen.choice);
  }
  std::cout << (command.json ? cost_json(command, findings) : cost_text(command, findings));
  if (!command.report.empty()) write_report(command, findings);
  return exit_done;
}

}  // namespace graft
