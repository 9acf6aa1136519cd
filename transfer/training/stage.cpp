#include "transfer/training/stage.h"

#include <algorithm>
#include <cmath>

#include "engine/check.h"
#include "transfer/training/batch_loop.h"
#include "transfer/training/clock.h"
#include "transfer/training/evaluate_source.h"
#include "transfer/training/loss_settings.h"
#include "transfer/training/metrics.h"

namespace graft {

namespace {

SessionTraining session_training(const Recipe& recipe, const std::vector<int64_t>& class_counts) {
  SessionTraining training;
  training.batch_norm = recipe.batch_norm;
  training.loss = loss_settings(recipe, class_counts);
  training.update.rule = recipe.rule;
  training.update.momentum = recipe.momentum;
  training.update.clip_norm = recipe.clip;
  training.update.average_decay = recipe.average_decay;
  return training;
}

}  // namespace

Stage::Stage(Device& device, const ModelData& model, const Recipe& recipe,
             const std::vector<int64_t>& class_counts, Progress::Stage name, ExecutorOptions options)
    : model_(model),
      recipe_(recipe),
      name_(name),
      session_(
          device, model.graph, model.weights, session_training(recipe, class_counts),
          [&](const Parameters::Slice& slice) {
            return SliceSettings{.rate_scale = recipe.rate_scale(model.graph[slice.node].name),
                                 .decay = decays(slice.spec.role) ? recipe.weight_decay : 0,
                                 .born = 0};
          },
          std::move(options)) {}

bool Stage::run(TrainingState& state, BatchSource& train, BatchSource& held_out, const Hooks& hooks) {
  restore(state);
  while (state.epoch < recipe_.epochs && !out_of_patience(state)) {
    train.seek(state.epoch, state.batch);
    if (!run_epoch(state, train, hooks)) {
      capture(state);
      return false;
    }
    Progress progress = progress_of(state, train.batches());
    finish_epoch(state, held_out);
    capture(state);
    if (hooks.epoch_done) hooks.epoch_done();
    progress.epoch_done = true;
    progress.val_loss = state.rows.back().val_loss;
    progress.val_top1 = state.rows.back().val_top1;
    if (hooks.progress && !hooks.progress(progress)) return false;
  }
  return true;
}

bool Stage::run_epoch(TrainingState& state, BatchSource& train, const Hooks& hooks) {
  const int64_t total_steps = recipe_.epochs * train.batches();
  epoch_seconds_ = 0;
  epoch_images_ = 0;
  double began = now();
  return for_each_batch(
      train,
      [&](const BatchSource::Batch& batch) {
        session_.stage_training(train.from(), train.shapes(batch.count()), batch.inputs, batch.labels);
      },
      [&] { session_.start(step_state(state, total_steps)); },
      [&](const BatchSource::Batch& batch) {
        count_step(state, batch, session_.finish_training());
        const double seconds = now() - began;
        epoch_seconds_ += seconds;
        stage_seconds_ += seconds;
        const bool go_on = !hooks.progress || hooks.progress(progress_of(state, train.batches()));
        began = now();
        return go_on;
      });
}

void Stage::count_step(TrainingState& state, const BatchSource::Batch& batch,
                       const Session::StepResult& result) {
  GRAFT_CHECK(std::isfinite(result.loss), call, "the loss became ", result.loss, " in epoch ",
              state.epoch + 1, ", step ", state.batch + 1, "; lower --lr or set --clip");
  const int64_t classes = static_cast<int64_t>(result.logits.size()) / batch.count();
  for (int64_t i = 0; i < batch.count(); ++i)
    state.correct += predicted_class({result.logits.data() + i * classes, static_cast<size_t>(classes)}) ==
                     batch.labels[i];
  state.loss_sum += result.loss * static_cast<double>(batch.count());
  state.seen += batch.count();
  ++state.step;
  ++state.batch;
  epoch_images_ += batch.count();
  stage_images_ += batch.count();
}

// What is judged, and kept where it is the best, is the average, where there is one.
void Stage::with_average(const std::function<void()>& work) {
  if (recipe_.average_decay == 0) return work();
  const int slot = session_.parameters().slots() - 1;
  session_.parameters().exchange_with_slot(slot);
  work();
  session_.parameters().exchange_with_slot(slot);
}

void Stage::finish_epoch(TrainingState& state, BatchSource& held_out) {
  with_average([&] { judge(state, held_out); });
  state.batch = 0;
  state.seen = state.correct = 0;
  state.loss_sum = 0;
}

void Stage::judge(TrainingState& state, BatchSource& held_out) {
  EvaluateResult evaluation = evaluate_source(session_, model_, held_out);
  EpochResult row;
  row.epoch = ++state.epoch;
  row.train_loss = state.seen ? state.loss_sum / static_cast<double>(state.seen) : 0;
  row.val_loss = evaluation.loss;
  row.val_top1 = evaluation.top1;
  row.seconds = epoch_seconds_;
  row.images_per_second = epoch_seconds_ > 0 ? static_cast<double>(epoch_images_) / epoch_seconds_ : 0;
  const bool better = state.best_epoch == 0 || row.val_top1 > state.rows[state.best_epoch - 1].val_top1;
  state.rows.push_back(row);
  if (better) {
    state.best_epoch = row.epoch;
    session_.parameters().store(state.best);
    best_ = std::move(evaluation);
  }
}

void Stage::capture(TrainingState& state) const {
  const Parameters& parameters = const_cast<Stage*>(this)->session_.parameters();
  parameters.store(state.current);
  state.slots.clear();
  for (int i = 0; i < parameters.slots(); ++i) state.slots.push_back(parameters.slot_values(i));
}

void Stage::restore(const TrainingState& state) {
  if (state.current.empty()) return;
  Parameters& parameters = session_.parameters();
  parameters.load(state.current);
  GRAFT_CHECK(static_cast<int>(state.slots.size()) == parameters.slots(), format, "the training state holds ",
              state.slots.size(), " optimizer slots; the optimizer has ", parameters.slots());
  for (int i = 0; i < parameters.slots(); ++i) parameters.load_slot(i, state.slots[i]);
}

bool Stage::out_of_patience(const TrainingState& state) const {
  if (recipe_.patience == 0 || state.rows.empty()) return false;
  size_t best = 0;
  for (size_t i = 1; i < state.rows.size(); ++i)
    if (state.rows[i].val_loss < state.rows[best].val_loss) best = i;
  return state.rows.size() - 1 - best >= static_cast<size_t>(recipe_.patience);
}

StepState Stage::step_state(const TrainingState& state, int64_t total_steps) const {
  StepState step;
  step.seed = recipe_.seed;
  step.step = state.step;
  const int64_t scheduled = std::min<int64_t>(static_cast<int64_t>(state.step), total_steps - 1);
  step.learning_rate = recipe_.learning_rate * learning_rate_factor(recipe_.schedule, scheduled, total_steps);
  return step;
}

Progress Stage::progress_of(const TrainingState& state, int64_t steps) const {
  Progress progress;
  progress.stage = name_;
  progress.epoch = state.epoch + 1;
  progress.epochs = recipe_.epochs;
  progress.step = state.batch;
  progress.steps = steps;
  if (state.seen > 0) {
    progress.loss = state.loss_sum / static_cast<double>(state.seen);
    progress.accuracy = static_cast<double>(state.correct) / static_cast<double>(state.seen);
  }
  if (stage_seconds_ > 0) {
    progress.images_per_second = static_cast<double>(stage_images_) / stage_seconds_;
    const int64_t left = recipe_.epochs * steps - state.epoch * steps - state.batch;
    progress.seconds_left = static_cast<double>(left) * stage_seconds_ * steps * recipe_.batch /
                            static_cast<double>(stage_images_ * std::max<int64_t>(steps, 1));
  }
  return progress;
}

}  // namespace graft
