#pragma once

#include <memory>

#include "transfer/features/cached_source.h"
#include "transfer/training/image_source.h"
#include "transfer/training/recipe.h"

namespace graft {

// What a stage reads: images, or, where the frozen layers can run once per view of an image, their features.
class StageSources {
 public:
  struct Inputs {
    Device& device;
    const ModelData& model;
    const Recipe& recipe;
    const Dataset& train;
    const Dataset& held_out;
    ExecutorOptions execution;
    std::function<bool(const Progress&)> progress;  // false stops: Error{cancelled}
  };
  // All must outlive it, but the options and the function.
  explicit StageSources(const Inputs& inputs);

  BatchSource& train() { return cached_train_ ? static_cast<BatchSource&>(*cached_train_) : *train_images_; }
  BatchSource& held_out() {
    return cached_held_out_ ? static_cast<BatchSource&>(*cached_held_out_) : *held_out_images_;
  }
  std::vector<BrokenImage> broken() const;

  // Of the features; all 0 or empty where none are kept.
  struct Cached {
    size_t bytes = 0, session_bytes = 0;
    int64_t found = 0, computed = 0;
    std::filesystem::path file;
    Choices implementations;
    std::string warning;
  };
  const Cached& cached() const { return cached_; }

 private:
  void open_images(const Inputs& inputs, bool train, bool held_out);
  std::unique_ptr<FeatureRows> stored_rows(const Inputs& inputs, const FeatureLayout& layout,
                                           Session& prefix);
  void open_caches(const Inputs& inputs, const FeatureLayout& layout, bool train, bool on_disk);
  void fill(const Inputs& inputs, Session& prefix);

  LoaderOptions loading_;
  std::unique_ptr<ImageSource> train_images_, held_out_images_;
  std::unique_ptr<FeatureRows> rows_;
  std::unique_ptr<FeatureCache> train_features_, held_out_features_;
  std::unique_ptr<CachedSource> cached_train_, cached_held_out_;
  Cached cached_;
};

}  // namespace graft
