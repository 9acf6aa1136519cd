#include <iostream>

#include "engine/check.h"
#include "tools/device_choice.h"
#include "tools/exit_status.h"
#include "tools/interrupt.h"
#include "tools/model_source.h"
#include "tools/output_file.h"
#include "tools/progress.h"
#include "transfer/data/dataset.h"
#include "transfer/features/feature_table.h"

namespace graft {

int run(const FeaturesCommand& command) {
  check_features_path("--out", command.out);
  check_output_file("--out", command.out);
  LoadedModel loaded = load_model(command.source);
  if (command.image_size) loaded.model.data().image_size = *command.image_size;
  loaded.model.freeze_all_but(command.train);
  const DataSource data = open_data(command.data);
  GRAFT_CHECK(!data.val && !data.test, call, "--data ", command.data,
              " is split; name one of its parts, for example ", command.data, "/train");
  const ChosenDevice device = choose_device(command.device);
  std::cout << loaded.model.arch() << ", " << data.train.samples.size() << " images, "
            << loaded.model.image_size() << " px\n"
            << device.line << "\npreprocessing: " << loaded.model.preprocessing()
            << (loaded.preprocessing_assumed ? " (assumed)" : "") << std::endl;

  watch_interrupts();
  FeatureTable table;
  try {
    ProgressPrinter progress(stdout);
    table = feature_table(loaded.model.data(), data.train, device.choice, command.prefix_precision,
                          std::ref(progress));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::cancelled) throw;
    return exit_interrupted;
  }
  for (const std::string& broken : table.broken) std::cout << "warning: skipped: " << broken << '\n';
  write_features(table, command.out);
  for (const FeatureTable::Tensor& tensor : table.tensors)
    std::cout << tensor.layer << ' ' << tensor.shape << '\n';
  std::cout << "wrote " << command.out << '\n';
  return exit_done;
}

}  // namespace graft
