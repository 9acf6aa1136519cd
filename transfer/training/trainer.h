#pragma once

#include "transfer/data/dataset.h"
#include "transfer/graft.h"
#include "transfer/image/preprocess.h"
#include "transfer/model/model_data.h"
#include "transfer/training/execution.h"
#include "transfer/training/feature_cache.h"
#include "transfer/training/image_source.h"
#include "transfer/training/recipe.h"
#include "transfer/training/stage.h"

namespace graft {

// How the model reads pictures, at its image size.
Preprocessing preprocessing_of(const ModelData& model);

// graft::train in pieces: the head's stage, the main stage, and what is written between.
class Trainer {
 public:
  Trainer(ModelData& model, const Dataset& train, const Dataset& held_out, const TrainOptions& options);
  TrainResult run();

 private:
  // What a stage reads: images, or features where the frozen layers can run once.
  struct Sources {
    std::unique_ptr<ImageSource> train_images, held_out_images;
    std::unique_ptr<FeatureCache> train_features, held_out_features;
    std::unique_ptr<CachedSource> cached_train, cached_held_out;
    BatchSource& train() { return cached_train ? static_cast<BatchSource&>(*cached_train) : *train_images; }
    BatchSource& held_out() {
      return cached_held_out ? static_cast<BatchSource&>(*cached_held_out) : *held_out_images;
    }
  };

  bool run_head_stage(TrainResult& result);
  bool run_main_stage(TrainResult& result);
  bool run_stage(const ModelData& model, const Recipe& recipe, Progress::Stage name, TrainResult& result);
  bool solve_head(const ModelData& model, const Recipe& recipe, Progress::Stage name, Sources& sources,
                  TrainResult& result);
  Sources open_sources(const ModelData& model, const Recipe& recipe, TrainResult& result);
  std::unique_ptr<FeatureCache> cache_features(Session& session, const ModelData& model,
                                               const std::vector<NodeId>& cut, ImageSource& images,
                                               int64_t done, int64_t total);
  void begin_or_resume(TrainResult& result);
  ExecutorOptions execution() const;
  void note_implementations(const Session& session, TrainResult& result);
  void save();
  void note_broken(const ImageSource& images, TrainResult& result) const;
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
