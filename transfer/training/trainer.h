#pragma once

#include "transfer/data/dataset.h"
#include "transfer/graft.h"
#include "transfer/model/model_data.h"
#include "transfer/training/execution.h"
#include "transfer/training/recipe.h"
#include "transfer/training/stage.h"
#include "transfer/training/stage_sources.h"

namespace graft {

// graft::train in pieces: the head's stage, the main stage, and what is written between.
class Trainer {
 public:
  Trainer(ModelData& model, const Dataset& train, const Dataset& held_out, const TrainOptions& options);
  TrainResult run();

 private:
  bool run_head_stage(TrainResult& result);
  bool run_main_stage(TrainResult& result);
  bool run_stage(const ModelData& model, const Recipe& recipe, Progress::Stage name, TrainResult& result);
  bool solve_head(const ModelData& model, const Recipe& recipe, Progress::Stage name, StageSources& sources,
                  TrainResult& result);
  void begin_or_resume(TrainResult& result);
  ExecutorOptions execution() const;
  void note_sources(const StageSources& sources, TrainResult& result);
  void note_implementations(const Choices& choices, TrainResult& result);
  void save();
  void note_broken(const std::vector<BrokenImage>& images, TrainResult& result) const;
  void finish(TrainResult& result);

  ModelData& model_;
  const Dataset& train_;
  const Dataset& held_out_;
  const TrainOptions& options_;
  const Recipe recipe_;
  const bool head_first_;
  std::unique_ptr<Device> device_;
  std::vector<int64_t> class_counts_;
  TrainingState state_;
  int saved_best_ = -1;
  double began_ = 0;
  double seconds_before_ = 0;
};

}  // namespace graft
