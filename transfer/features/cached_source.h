#pragma once

#include "transfer/features/feature_cache.h"
#include "transfer/training/batch_source.h"

namespace graft {

// Batches of cached features, in the order of the images and with the views that a loader would give.
class CachedSource final : public BatchSource {
 public:
  CachedSource(const FeatureCache& cache, int batch, bool shuffle, uint64_t seed);

  const std::vector<NodeId>& from() const override { return cache_.layout().cut; }
  std::vector<Shape> shapes(int64_t count) const override { return cache_.layout().shapes_of(count); }
  int64_t size() const override { return cache_.size(); }
  int64_t batches() const override { return (cache_.size() + batch_ - 1) / batch_; }
  void seek(int epoch, int64_t batch) override;
  bool next(Batch& batch) override;

 private:
  const FeatureCache& cache_;
  int batch_;
  bool shuffle_;
  uint64_t seed_;
  int epoch_ = 0;
  std::vector<int64_t> order_;
  int64_t position_ = 0;
  std::vector<std::vector<float>> staging_;
};

}  // namespace graft
