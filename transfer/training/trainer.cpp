#include "transfer/training/trainer.h"

#include <algorithm>

#include "engine/check.h"
#include "transfer/model/freeze.h"
#include "transfer/model/model_file.h"
#include "transfer/training/clock.h"
#include "transfer/training/convex_head.h"
#include "transfer/training/loss_settings.h"
#include "transfer/training/run_settings.h"
#include "transfer/training/training_checks.h"

namespace graft {

namespace {

void overlay(Weights& weights, const Weights& newer) {
  for (const auto& [name, tensor] : newer) weights[name] = tensor;
}

bool anything_frozen(const ModelData& model, bool statistics_move) {
  if (trainable_parameters(model) < total_parameters(model)) return true;
  if (statistics_move) return false;
  return std::any_of(model.weights.begin(), model.weights.end(),
                     [](const auto& w) { return w.first.ends_with(".running_mean"); });
}

}  // namespace

Trainer::Trainer(ModelData& model, const Dataset& train, const Dataset& held_out, const TrainOptions& options)
    : model_(model),
      train_(train),
      held_out_(held_out),
      options_(options),
      recipe_(main_recipe(model, options, static_cast<int64_t>(train.samples.size()))),
      head_first_(wants_head_first(model, options)),
      device_(open_device(options.device)),
      class_counts_(train.classes.size(), 0) {
  if (options.image_size) {
    GRAFT_CHECK(*options.image_size >= 16 && *options.image_size <= 4096, call, "--image-size is ",
                *options.image_size, "; it must be from 16 to 4096");
    model_.image_size = *options.image_size;
  }
  check_training(model_, recipe_, train, held_out);
  for (const Sample& sample : train.samples) ++class_counts_.at(sample.label);
}

TrainResult Trainer::run() {
  began_ = now();
  TrainResult result;
  result.device = device_->properties().name;
  result.threads = device_->properties().threads;
  result.options = describe(recipe_);
  result.options.emplace_back("head-first", head_first_text(model_, options_));
  result.options.emplace_back("image-size", text(model_.image_size));
  result.options.emplace_back("preprocess", model_.preprocessing);
  result.trainable_parameters = trainable_parameters(model_);
  result.frozen_parameters = total_parameters(model_) - result.trainable_parameters;
  const bool statistics_move = recipe_.batch_norm == BatchNormMode::train;
  const bool frozen = anything_frozen(model_, statistics_move);
  if (frozen) result.frozen_hash_before = frozen_state_hash(model_, statistics_move);
  begin_or_resume(result);
  try {
    result.interrupted = !run_head_stage(result) || !run_main_stage(result);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::cancelled) throw;
    result.interrupted = true;
  }
  finish(result);
  // The model computes its frozen layers in the precision of the others, and nothing in it is rounded to be
  // kept.
  if (recipe_.prefix_math != recipe_.math || recipe_.cache_dtype != DType::float32) result.held_out.reset();
  if (frozen) {
    // Of the file where there is one: what was saved is what counts.
    const ModelData& kept = options_.out.empty() ? model_ : read_model(read_tensor_file(options_.out));
    result.frozen_hash_after = frozen_state_hash(kept, statistics_move);
  }
  return result;
}

void Trainer::begin_or_resume(TrainResult& result) {
  const Settings machine{{"device", result.device}, {"threads", text(result.threads)}};
  Settings identity = result.options;
  std::string trained;
  for (NodeId id = 1; id < model_.graph.size(); ++id)
    if (model_.graph[id].trainable && !model_.graph[id].layer->parameters().empty())
      trained += model_.graph[id].name + " ";
  identity.emplace_back("train", trained);
  identity.emplace_back("train-images", text(train_.samples.size()));
  identity.emplace_back("val-images", text(held_out_.samples.size()));
  identity.emplace_back("provider", options_.device.provider);
  if (options_.resume) {
    GRAFT_CHECK(!options_.out.empty(), call, "--resume needs the model's file");
    const std::filesystem::path file = state_path(options_.out);
    state_ = read_state(file);
    check_same_settings(identity, state_.options, file);
    if (state_.machine.empty() || state_.machine[0] != machine[0]) state_.implementations.clear();
    for (size_t i = 0; i < std::min(machine.size(), state_.machine.size()); ++i)
      if (state_.machine[i] != machine[i])
        result.warnings.push_back(text("the interrupted run had ", machine[i].first, " ",
                                       state_.machine[i].second, ", this one has ", machine[i].second,
                                       ": the last bits may differ"));
    saved_best_ = state_.best_epoch;
    // Between two stages the state holds no weights of its own: the model's file does.
    model_.weights = read_model(read_tensor_file(options_.out)).weights;
  }
  state_.options = identity;
  state_.machine = machine;
  seconds_before_ = state_.seconds;
  if (!head_first_) state_.stage = TrainingState::Stage::main;
}

// A resumed run computes as the interrupted one did, where it still can.
ExecutorOptions Trainer::execution() const {
  ExecutorOptions options = executor_options(options_.device, *device_);
  options.choice.preferred = state_.implementations;
  return options;
}

void Trainer::note_implementations(const Choices& choices, TrainResult& result) {
  for (const auto& [problem, name] : choices) {
    std::string& before = state_.implementations[problem];
    if (!before.empty() && before != name)
      result.warnings.push_back(text("the interrupted run computed ", problem, " by ", before,
                                     ", this one by ", name, ": the last bits may differ"));
    before = name;
  }
}

bool Trainer::run_head_stage(TrainResult& result) {
  if (state_.stage == TrainingState::Stage::main) return true;
  ModelData head_only = model_;
  freeze_all_but(head_only, "head");
  const Recipe recipe = head_first_recipe(options_, static_cast<int64_t>(train_.samples.size()));
  if (!run_stage(head_only, recipe, Progress::Stage::head, result)) return false;
  overlay(model_.weights, state_.best);
  TrainingState next;
  next.stage = TrainingState::Stage::main;
  next.head_rows = std::move(state_.rows);
  next.options = std::move(state_.options);
  next.machine = std::move(state_.machine);
  next.implementations = std::move(state_.implementations);
  state_ = std::move(next);
  saved_best_ = -1;
  return true;
}

bool Trainer::run_main_stage(TrainResult& result) {
  return run_stage(model_, recipe_, Progress::Stage::train, result);
}

bool Trainer::run_stage(const ModelData& model, const Recipe& recipe, Progress::Stage name,
                        TrainResult& result) {
  StageSources sources({*device_, model, recipe, train_, held_out_, execution(), options_.on_progress});
  note_sources(sources, result);
  if (recipe.solver == Solver::lbfgs) return solve_head(model, recipe, name, sources, result);
  Stage stage(*device_, model, recipe, class_counts_, name, execution());
  const auto note_both = [&] {
    note_implementations(sources.implementations(), result);
    note_implementations(stage.session().implementations(), result);
  };
  const auto epoch_done = [&] {
    note_both();
    save();
  };
  const bool finished =
      stage.run(state_, sources.train(), sources.held_out(), {options_.on_progress, epoch_done});
  note_both();
  result.held_out = std::move(stage.best());
  result.session_bytes = std::max(result.session_bytes, stage.session().bytes() + sources.session_bytes());
  result.saved_bytes = std::max(result.saved_bytes, stage.session().saved_bytes());
  note_broken(sources.broken(), result);
  return finished;
}

bool Trainer::solve_head(const ModelData& model, const Recipe& recipe, Progress::Stage name,
                         StageSources& sources, TrainResult& result) {
  GRAFT_CHECK(sources.cached().train, call,
              "--solver lbfgs works on cached features, and --cache auto found no room for them; "
              "--cache memory takes it");
  ConvexHead head(*device_, model, recipe, loss_settings(recipe, class_counts_), name, execution());
  const bool finished =
      head.run(state_, sources.train(), sources.held_out(), {options_.on_progress, [&] { save(); }}, result);
  note_broken(sources.broken(), result);
  return finished;
}

void Trainer::note_sources(const StageSources& sources, TrainResult& result) {
  const StageSources::Cached& cached = sources.cached();
  result.cache_bytes = cached.bytes;
  result.cache_found = cached.found;
  result.cache_computed = cached.computed;
  result.cache_file = cached.file;
  result.session_bytes = std::max(result.session_bytes, cached.session_bytes);
  if (!cached.warning.empty()) result.warnings.push_back(cached.warning);
  note_implementations(sources.implementations(), result);
}

void Trainer::save() {
  state_.seconds = seconds_before_ + now() - began_;
  if (options_.out.empty()) return;
  // The model first: a state never speaks of a model that is not there.
  if (saved_best_ != state_.best_epoch || !std::filesystem::exists(options_.out)) {
    ModelData best = model_;
    overlay(best.weights, state_.best_epoch > 0 ? state_.best : state_.current);
    write_model(best, options_.out);
    saved_best_ = state_.best_epoch;
  }
  write_state(state_, state_path(options_.out));
}

void Trainer::note_broken(const std::vector<BrokenImage>& images, TrainResult& result) const {
  for (const BrokenImage& broken : images) {
    const std::string warning = "skipped: " + broken.message;
    if (std::find(result.warnings.begin(), result.warnings.end(), warning) == result.warnings.end())
      result.warnings.push_back(warning);
  }
}

void Trainer::finish(TrainResult& result) {
  save();
  overlay(model_.weights, state_.best_epoch > 0 ? state_.best : state_.current);
  result.seconds = state_.seconds;
  result.best_epoch = state_.best_epoch;
  if (state_.stage == TrainingState::Stage::main) result.epochs = state_.rows;
  const std::vector<EpochResult>& head =
      state_.stage == TrainingState::Stage::main ? state_.head_rows : state_.rows;
  if (!head.empty()) result.head_first = head.back();
  if (result.epochs.empty()) return;
  result.last_val_top1 = result.epochs.back().val_top1;
  result.val_top1 = result.epochs[result.best_epoch - 1].val_top1;
  result.val_loss = result.epochs[result.best_epoch - 1].val_loss;
}

}  // namespace graft
