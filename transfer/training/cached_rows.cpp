#include "transfer/training/cached_rows.h"

#include <algorithm>
#include <numeric>

namespace graft {

CachedRows::CachedRows(BatchSource& source) {
  const int64_t features = source.shapes(1)[0].count();
  std::vector<int32_t> labels;
  std::vector<int64_t> samples;
  values_.reserve(source.size() * features);
  source.seek(0, 0);
  for (BatchSource::Batch batch; source.next(batch);) {
    values_.insert(values_.end(), batch.inputs[0], batch.inputs[0] + batch.count() * features);
    labels.insert(labels.end(), batch.labels.begin(), batch.labels.end());
    samples.insert(samples.end(), batch.samples.begin(), batch.samples.end());
  }
  places_.resize(samples.size());
  std::iota(places_.begin(), places_.end(), 0);
  std::ranges::sort(places_, {}, [&](int64_t place) { return samples[place]; });
  rows_.features = features;
  rows_.row = [this, features](int64_t row) { return values_.data() + places_[row] * features; };
  for (int64_t place : places_) rows_.labels.push_back(labels[place]);
}

}  // namespace graft
