#pragma once

#include <functional>
#include <memory>

#include "transfer/data/dataset.h"
#include "transfer/features/cut.h"
#include "transfer/features/feature_rows.h"
#include "transfer/features/views.h"
#include "transfer/training/session.h"

namespace graft {

// What crosses the cut, for every view of every image of a data set.
class FeatureCache {
 public:
  // The data and the rows must outlive it; several caches may share rows. Where rows are keyed, each image's
  // file is read, and what they have of it is taken.
  FeatureCache(FeatureLayout layout, const Dataset& data, const Views& views, FeatureRows& rows);

  int64_t views_wanted() const { return static_cast<int64_t>(data_.samples.size()) * views_.count(); }
  int64_t missing() const;  // views that the rows lack

  // Runs the prefix over what is missing. `progress(views computed)` may return false to stop:
  // Error{cancelled}; what was computed until then is kept.
  void fill(Session& session, const LoaderOptions& loading, const std::function<bool(int64_t)>& progress);

  const FeatureLayout& layout() const { return layout_; }
  const Views& views() const { return views_; }
  int64_t size() const { return static_cast<int64_t>(samples_.size()); }  // images that could be read
  size_t bytes() const { return layout_.bytes() * samples_.size() * views_.count(); }
  int64_t computed() const { return computed_; }  // views
  const std::vector<BrokenImage>& broken() const { return broken_; }

  int64_t sample(int64_t index) const { return samples_[index]; }
  int32_t label(int64_t index) const { return data_.samples[samples_[index]].label; }
  // features[i] is for the i-th tensor of the layout.
  void read(int view, int64_t sample, std::span<float* const> features) const;

 private:
  Digest key(int view, int64_t sample) const;
  std::vector<int64_t> missing_samples(int view) const;
  void compute(Session& session, int view, LoaderOptions loading,
               const std::function<bool(int64_t)>& progress);
  void keep(int view, int64_t sample, int64_t item, const std::vector<std::vector<float>>& outputs);
  void note_broken(const std::vector<BrokenImage>& broken);

  FeatureLayout layout_;
  const Dataset& data_;
  Views views_;
  FeatureRows& rows_;
  std::vector<Digest> images_;  // by sample, of the files' bytes; empty where rows have no keys
  std::vector<std::vector<int64_t>> row_of_view_;  // [view][sample]
  std::vector<int64_t> samples_;
  std::vector<BrokenImage> broken_;
  int64_t computed_ = 0;
  mutable std::vector<std::byte> row_;
};

}  // namespace graft
