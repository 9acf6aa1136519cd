#include "end_to_end/training_project.h"

#include <doctest/doctest.h>

#include <cmath>

namespace graft::test {

namespace fs = std::filesystem;

namespace {

// What training says of the held-out images is what the model makes of them.
void check_held_out(const EvaluateResult& told, const EvaluateResult& evaluated) {
  CHECK(told.labels == evaluated.labels);
  CHECK(told.indices == evaluated.indices);
  CHECK(told.top1 == evaluated.top1);
  CHECK(told.top5 == evaluated.top5);
  CHECK(told.loss == doctest::Approx(evaluated.loss).epsilon(1e-6));
  REQUIRE(told.logits.size() == evaluated.logits.size());
  float largest = 0;
  for (float logit : evaluated.logits) largest = std::max(largest, std::abs(logit));
  REQUIRE(largest > 0);
  for (size_t i = 0; i < told.logits.size(); ++i)
    REQUIRE(std::abs(told.logits[i] - evaluated.logits[i]) <= 1e-5f * largest);
}

}  // namespace

TrainingProject::TrainingProject() : cache_("XDG_CACHE_HOME", (folder_.path() / "cache").string()) {
  fs::copy(sample_project().path("data"), folder_.path() / "data", fs::copy_options::recursive);
  write_untrained(weights().string(), "mobilenet_v2");  // whose head is dense: no ReLU can silence it
}

TrainingProject::Run TrainingProject::train(const std::string& what,
                                            const std::function<void(TrainOptions&)>& set,
                                            const LoadOptions& load_options) const {
  Model model = load(weights(), load_options);
  const ImageFolder train(path("data/train")), held_out(path("data/val"), train.classes());
  model.swap_head(train.classes());
  model.freeze_all_but(what);
  Run run;
  TrainOptions options;
  options.epochs = 3;
  options.batch = 8;
  options.image_size = 64;
  options.augment = "none";
  options.device.device = "cpu";
  options.device.threads = 2;
  options.head_first = false;
  options.on_progress = [&](const Progress& progress) {
    if (progress.stage == Progress::Stage::train) run.losses.push_back(progress.loss);
    return true;
  };
  if (set) set(options);
  run.result = graft::train(model, train, held_out, options);
  CHECK(run.result.frozen_hash_before == run.result.frozen_hash_after);
  if (run.result.held_out) check_held_out(*run.result.held_out, evaluate(model, held_out, options.device));
  return run;
}

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  REQUIRE(a.size() == b.size());
  REQUIRE(!a.empty());
  double largest = 0;
  for (size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::fabs(a[i] - b[i]));
  return largest;
}

}  // namespace graft::test
