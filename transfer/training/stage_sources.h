#pragma once

#include <memory>

#include "transfer/features/cached_source.h"
#include "transfer/features/prefix_source.h"
#include "transfer/training/image_source.h"
#include "transfer/training/recipe.h"

namespace graft {

// What a stage reads: images, or what the frozen layers make of them: kept, where those can run once per view
// of an image, else computed each time, where those have a precision of their own.
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

  BatchSource& train() { return train_ ? *train_ : *train_images_; }
  BatchSource& held_out() { return held_out_ ? *held_out_ : *held_out_images_; }
  std::vector<BrokenImage> broken() const;

  // Of the features; all 0 or empty where none are kept.
  struct Cached {
    bool train = false;  // those of the training images too
    size_t bytes = 0, session_bytes = 0;
    int64_t found = 0, computed = 0;
    std::filesystem::path file;
    std::string warning;
  };
  const Cached& cached() const { return cached_; }

  // Of the frozen layers' own plans so far, which are gone once all features are kept; and what those that
  // stay take.
  Choices implementations() const { return prefix_ ? prefix_->implementations() : implementations_; }
  size_t session_bytes() const { return prefix_ ? prefix_->bytes() : 0; }

 private:
  void release_prefix();
  void open_images(const Inputs& inputs, bool train, bool held_out);
  std::unique_ptr<FeatureRows> stored_rows(const Inputs& inputs, const FeatureLayout& layout);
  void open_caches(const Inputs& inputs, const FeatureLayout& layout, bool train, bool on_disk);
  void fill(const Inputs& inputs);

  LoaderOptions loading_;
  std::unique_ptr<Session> prefix_;
  Choices implementations_;
  std::unique_ptr<ImageSource> train_images_, held_out_images_;
  std::unique_ptr<FeatureRows> rows_;
  std::unique_ptr<FeatureCache> train_features_, held_out_features_;
  std::unique_ptr<BatchSource> train_, held_out_;  // null: the images
  Cached cached_;
};

}  // namespace graft
