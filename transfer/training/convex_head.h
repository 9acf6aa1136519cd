#pragma once

#include "layers/dense.h"
#include "transfer/training/cross_validation.h"
#include "transfer/training/stage.h"

namespace graft {

// A stage in which only a linear head trains, on cached features: no epochs, but the minimum itself, and the
// decay chosen by cross-validation where the recipe says so. It counts as one epoch.
class ConvexHead {
 public:
  ConvexHead(Device& device, const ModelData& model, const Recipe& recipe, LossSettings loss,
             Progress::Stage name, ExecutorOptions options);

  // Fills in `state`, unless it was solved before; false where it was stopped after that. Error{cancelled}
  // where hooks.progress stops it earlier: then `state` is as it was.
  bool run(TrainingState& state, BatchSource& train, BatchSource& held_out, const Stage::Hooks& hooks,
           TrainResult& result);

 private:
  struct Solution {
    LinearHead head;
    double loss = 0, accuracy = 0;  // of the training images
    HeadFit fit;
  };
  void check_features(const BatchSource& train) const;
  Solution solve(const LabelledRows& rows);
  double choose_decay(LogisticLoss& loss, HeadFit& fit);
  void tell(size_t decays_done, double loss, double accuracy) const;
  Progress progress_of(int64_t step) const;
  Weights weights_of(const LinearHead& head) const;
  EvaluateResult evaluate(const Weights& head, BatchSource& held_out) const;

  Device& device_;
  const ModelData& model_;
  const Recipe recipe_;
  const LossSettings loss_;
  const Progress::Stage name_;
  const ExecutorOptions options_;
  const Dense& head_;
  std::function<bool(const Progress&)> progress_;
  double began_ = 0;
};

}  // namespace graft
