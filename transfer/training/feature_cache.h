#pragma once

#include <functional>

#include "transfer/training/batch_source.h"
#include "transfer/training/session.h"

namespace graft {

// The outputs of the frozen prefix that the trained part reads: the cut. Empty where nothing is frozen in
// front.
std::vector<NodeId> cut_of(const Graph& graph);

// What crosses the cut, for every sample of a data set, in host memory.
class FeatureCache {
 public:
  // Runs the prefix once over one epoch of `images`. `progress(done)` may return false to stop:
  // Error{cancelled}.
  FeatureCache(Session& session, const Graph& graph, const std::vector<NodeId>& cut, BatchSource& images,
               const std::function<bool(int64_t)>& progress);

  // What a cache of this many samples would take.
  static size_t bytes_for(const Graph& graph, const std::vector<NodeId>& cut, const Shape& image,
                          int64_t samples);

  const std::vector<NodeId>& cut() const { return cut_; }
  int64_t size() const { return static_cast<int64_t>(labels_.size()); }
  size_t bytes() const;

  const Shape& shape(size_t input) const { return shapes_[input]; }  // of one sample, n = 1
  const float* features(size_t input, int64_t sample) const {
    return values_[input].data() + sample * shapes_[input].count();
  }
  int32_t label(int64_t sample) const { return labels_[sample]; }
  int64_t sample(int64_t index) const { return samples_[index]; }

 private:
  std::vector<NodeId> cut_;
  std::vector<Shape> shapes_;
  std::vector<std::vector<float>> values_;
  std::vector<int32_t> labels_;
  std::vector<int64_t> samples_;
};

// Batches of cached features in the same order as the images they were made from.
class CachedSource final : public BatchSource {
 public:
  CachedSource(const FeatureCache& cache, int batch, bool shuffle, uint64_t seed);

  const std::vector<NodeId>& from() const override { return cache_.cut(); }
  std::vector<Shape> shapes(int64_t count) const override;
  int64_t size() const override { return cache_.size(); }
  int64_t batches() const override { return (cache_.size() + batch_ - 1) / batch_; }
  void seek(int epoch, int64_t batch) override;
  bool next(Batch& batch) override;

 private:
  const FeatureCache& cache_;
  int batch_;
  bool shuffle_;
  uint64_t seed_;
  std::vector<int64_t> order_;
  int64_t position_ = 0;
  std::vector<std::vector<float>> staging_;
};

}  // namespace graft
