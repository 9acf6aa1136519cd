#pragma once

#include <functional>
#include <optional>

#include "transfer/model/model_data.h"
#include "transfer/training/batch_source.h"
#include "transfer/training/recipe.h"
#include "transfer/training/session.h"
#include "transfer/training/training_state.h"

namespace graft {

// One stretch of training in which the same layers train by the same recipe.
class Stage {
 public:
  struct Hooks {
    std::function<bool(const Progress&)> progress;  // after each step and each epoch; false: stop
    std::function<void()> epoch_done;               // state is complete and consistent
  };

  Stage(Device& device, const ModelData& model, const Recipe& recipe,
        const std::vector<int64_t>& class_counts, Progress::Stage name, ExecutorOptions options);

  // Goes on from `state` to the end of the recipe; false where it was stopped (state.current and slots are
  // then set).
  bool run(TrainingState& state, BatchSource& train, BatchSource& held_out, const Hooks& hooks);

  Session& session() { return session_; }
  // What the weights of the best epoch made of the held-out samples; empty where that epoch was in an earlier
  // process.
  std::optional<EvaluateResult>& best() { return best_; }

 private:
  bool run_epoch(TrainingState& state, BatchSource& train, const Hooks& hooks);
  void count_step(TrainingState& state, const BatchSource::Batch& batch, const Session::StepResult& result);
  void finish_epoch(TrainingState& state, BatchSource& held_out);
  void judge(TrainingState& state, BatchSource& held_out);
  void with_average(const std::function<void()>& work);
  void capture(TrainingState& state) const;
  void restore(const TrainingState& state);
  bool out_of_patience(const TrainingState& state) const;
  StepState step_state(const TrainingState& state, int64_t total_steps) const;
  Progress progress_of(const TrainingState& state, int64_t steps) const;

  const ModelData& model_;
  const Recipe recipe_;
  Progress::Stage name_;
  Session session_;
  std::optional<EvaluateResult> best_;
  double epoch_seconds_ = 0;  // of the epoch in progress, validation not counted
  double stage_seconds_ = 0;  // likewise, of all steps in this process
  int64_t stage_images_ = 0;
  int64_t epoch_images_ = 0;
};

}  // namespace graft
