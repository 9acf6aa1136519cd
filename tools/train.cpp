#include <filesystem>
#include <iostream>

#include "engine/bytes_text.h"
#include "engine/check.h"
#include "tools/datasets.h"
#include "tools/device_choice.h"
#include "tools/exit_status.h"
#include "tools/interrupt.h"
#include "tools/model_source.h"
#include "tools/output_file.h"
#include "tools/progress.h"
#include "tools/train_report.h"
#include "transfer/image/preprocess.h"
#include "transfer/model/freeze.h"
#include "transfer/report/html_text.h"
#include "transfer/training/recipe.h"

namespace graft {
namespace {

constexpr int evaluation_batch = 32;

void check_outputs(const TrainCommand& command) {
  const TrainOptions& options = command.options;
  if (!options.out.empty()) check_output_file(options.resume ? "--resume" : "--out", options.out);
  if (!command.report.empty()) make_output_folder("--report", command.report);
  if (!options.resume) return;
  const std::string state = options.out.string() + ".state";
  GRAFT_CHECK(std::filesystem::exists(state), file, "--resume ", options.out.string(), ": there is no ",
              state, "; only an interrupted run leaves one");
}

void print_options(const TrainCommand& command, const Model& model, const Sides& sides) {
  const auto train_images = static_cast<int64_t>(sides.train.size());
  std::cout << "options:";
  for (const auto& [name, value] : describe(main_recipe(model.data(), command.options, train_images)))
    std::cout << ' ' << name << '=' << value;
  std::cout << " head-first=" << head_first_text(model.data(), command.options) << '\n';
}

void print_start(const TrainCommand& command, const LoadedModel& loaded, const Sides& sides,
                 const DatasetSummary& data, const std::string& device) {
  const Model& model = loaded.model;
  std::cout << describe(data, command.options.class_weights == "balanced") << "network: " << model.arch()
            << " from " << command.source.weights << ", "
            << command.options.image_size.value_or(model.image_size())
            << " px\npreprocessing: " << model.preprocessing()
            << (loaded.preprocessing_assumed ? " (assumed)" : "") << "\ntrains: " << command.train << ", "
            << count_text(trainable_parameters(model.data())) << " of "
            << count_text(total_parameters(model.data())) << " parameters\n";
  print_options(command, model, sides);
  std::cout << device << '\n';
  if (command.options.out.empty()) std::cout << "warning: without --out the trained model is not kept\n";
  std::cout << std::flush;
}

void print_head_fit(const HeadFit& fit) {
  std::cout << "head solved by lbfgs: weight decay " << fit.weight_decay;
  if (fit.folds > 0)
    std::cout << " (" << fit.folds << " folds: loss " << fixed_text(fit.cross_validated_loss, 4)
              << ", accuracy " << fixed_text(fit.cross_validated_top1, 4) << ")";
  std::cout << ", " << fit.iterations << " iterations, gradient norm " << fit.gradient_norm << ", "
            << fixed_text(fit.seconds, 2) << " seconds\n";
}

void print_cache(const TrainResult& result) {
  if (result.cache_bytes == 0) return;
  std::cout << "features: " << bytes_text(result.cache_bytes) << " of "
            << result.cache_found + result.cache_computed << " views of images in ";
  if (result.cache_file.empty())
    std::cout << "memory\n";
  else
    std::cout << result.cache_file.string() << ", " << result.cache_found << " found there, "
              << result.cache_computed << " computed\n";
}

void print_end(const TrainResult& result) {
  for (const std::string& warning : result.warnings) std::cout << "warning: " << warning << '\n';
  if (!result.frozen_hash_before.empty())
    std::cout << "frozen state: " << result.frozen_hash_before << " before, " << result.frozen_hash_after
              << " after: "
              << (result.frozen_hash_before == result.frozen_hash_after ? "unchanged" : "CHANGED") << '\n';
  print_cache(result);
  if (result.head_fit) print_head_fit(*result.head_fit);
  if (const auto& h = result.head_first)
    std::cout << "head alone: val accuracy " << fixed_text(h->val_top1, 4) << '\n';
  std::cout << "best epoch " << result.best_epoch << ": val accuracy " << fixed_text(result.val_top1, 4)
            << ", val loss " << fixed_text(result.val_loss, 4) << "; last epoch "
            << fixed_text(result.last_val_top1, 4) << '\n';
}

LoadedModel starting_model(const TrainCommand& command, const std::vector<std::string>& classes) {
  ModelSource source = command.source;
  // What a resumed run begins with is in its own files, but for the frozen layers, which are the same in
  // both.
  if (source.weights.empty() && command.options.resume) source.weights = command.options.out.string();
  LoadedModel loaded = load_model(source, static_cast<int64_t>(classes.size()));
  loaded.model.swap_head(classes, command.options.seed);
  loaded.model.freeze_all_but(command.train);
  return loaded;
}

}  // namespace

int run(const TrainCommand& command) {
  check_outputs(command);
  const Sides sides = open_sides(command.data, command.val, command.val_split, command.options.seed);
  LoadedModel loaded = starting_model(command, sides.train.classes());
  Model& model = loaded.model;
  const DatasetSummary data = summarise(*sides.train.dataset(), *sides.held_out.dataset());
  const ChosenDevice device = choose_device(command.options.device);
  watch_interrupts();  // first: whoever reads that the run began may interrupt it
  print_start(command, loaded, sides, data, device.line);

  TrainOptions options = command.options;
  options.device = device.choice;
  TrainResult result;
  {
    ProgressPrinter progress(stdout);
    options.on_progress = std::ref(progress);
    result = train(model, sides.train, sides.held_out, options);
  }
  if (result.interrupted) {
    std::cerr << "graft: interrupted";
    if (!options.out.empty())
      std::cerr << "; the same command with --resume " << options.out.string()
                << " in place of --out goes on";
    std::cerr << '\n';
    return exit_interrupted;
  }
  print_end(result);
  if (!options.out.empty()) std::cout << "wrote " << options.out.string() << '\n';

  // The accuracy that is reported is that of the model as it is now, which `graft evaluate` gives too.
  const EvaluateResult evaluated =
      result.held_out ? *result.held_out
                      : evaluate(model, sides.held_out, options.device, evaluation_batch,
                                 [](const Progress&) { return !interrupted(); });
  const Evaluation evaluation = evaluation_of(evaluated, sides.held_out.classes().size());
  std::cout << accuracy_text(evaluation) << '\n'
            << "seconds " << fixed_text(result.seconds, 1) << ", peak memory " << peak_memory()
            << " bytes, device " << result.device << ", threads " << result.threads << '\n';
  if (!command.report.empty()) {
    write_report(training_report(command, model, sides.train, sides.held_out, result, evaluated, data),
                 command.report);
    std::cout << "wrote " << command.report << "/report.html and report.json\n";
  }
  GRAFT_CHECK(result.frozen_hash_before == result.frozen_hash_after, device,
              "the frozen layers changed during training, which must never happen; please report it");
  return exit_done;
}

}  // namespace graft
