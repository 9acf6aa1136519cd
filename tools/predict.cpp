#include <iostream>

#include "engine/check.h"
#include "tools/device_choice.h"
#include "tools/exit_status.h"
#include "tools/image_files.h"
#include "tools/interrupt.h"
#include "tools/json_output.h"
#include "tools/model_source.h"
#include "transfer/report/html_text.h"

namespace graft {
namespace {

void print(const ImagePrediction& prediction) {
  std::cout << prediction.image << '\n';
  for (const Prediction& p : prediction.top)
    std::cout << "  " << fixed_text(p.probability, 4) << "  " << p.name << '\n';
}

}  // namespace

int run(const PredictCommand& command) {
  LoadedModel loaded = load_model(command.source);
  if (!command.labels.empty()) read_labels(command.labels, loaded.model);
  std::vector<std::string> images;
  bool all = find_images(command.images, images);

  watch_interrupts();
  const auto model = std::make_shared<const Model>(std::move(loaded.model));
  const ChosenDevice device = choose_device(command.device);
  Predictor predictor(model, device.choice);
  std::cerr << device.line << '\n';
  if (loaded.preprocessing_assumed)
    std::cerr << "preprocessing: " << model->preprocessing() << " (assumed)\n";
  std::vector<ImagePrediction> predictions;
  for (const std::string& image : images) {
    if (interrupted()) return exit_interrupted;
    try {
      ImagePrediction prediction{image, predictor.predict_file(image)};
      if (prediction.top.size() > static_cast<size_t>(command.top)) prediction.top.resize(command.top);
      if (command.json)
        predictions.push_back(std::move(prediction));
      else
        print(prediction);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::file && error.code() != ErrorCode::format) throw;
      std::cerr << "graft: " << error.what() << '\n';
      all = false;
    }
  }
  if (command.json) std::cout << predictions_json(predictions);
  return all ? exit_done : exit_failed;
}

}  // namespace graft
