#include <iostream>

#include "engine/check.h"
#include "tools/comparison_text.h"
#include "tools/device_choice.h"
#include "tools/exit_status.h"
#include "tools/image_files.h"
#include "tools/measurement_json.h"
#include "tools/model_source.h"

namespace graft {
namespace {

std::string shown(const std::string& how, const NetworkComparison& comparison) {
  if (how == "display") return worst_places_text(comparison);
  return how == "histogram" ? histogram_text(comparison) : check_text(comparison);
}

std::string header_text(const MeasuredInput& input, const CompareCommand& command,
                        const NetworkComparison& comparison) {
  std::string pixels = text(input.images.size(), " images");
  if (input.images.empty()) pixels = text("random (seed ", input.seed, "), batch ", input.batch);
  return text(input.arch, ": ", comparison.devices[0], " ", command.sides[0].precision, " and ",
              comparison.devices[1], " ", command.sides[1].precision, ", on ", pixels, ", ", input.image_size,
              " px\n\n");
}

}  // namespace

int run(const CompareCommand& command) {
  const LoadedModel loaded = load_to_inspect(command.source, command.train, command.image_size);
  const ModelData& model = loaded.model.data();
  MeasuredInput input{.arch = model.arch, .image_size = model.image_size, .images = {}};
  if (!find_images(command.images, input.images)) return exit_failed;
  const std::vector<std::filesystem::path> files(input.images.begin(), input.images.end());
  const InputBatch batch =
      files.empty() ? random_batch(model, command.batch, input.seed) : image_batch(model, files, input.seed);
  input.batch = batch.count();
  const NetworkComparison comparison = compare_networks(
      {model, choose_device(command.sides[0]).choice}, {model, choose_device(command.sides[1]).choice},
      {.batch = batch.count(), .training = command.train.has_value(), .update = false}, batch);
  if (command.json)
    std::cout << comparison_json(input, command, comparison);
  else
    std::cout << header_text(input, command, comparison) << shown(command.show, comparison) << '\n'
              << verdict_text(comparison);
  return comparison.first_difference() ? exit_failed : exit_done;
}

}  // namespace graft
