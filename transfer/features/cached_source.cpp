#include "transfer/features/cached_source.h"

#include <algorithm>

namespace graft {

CachedSource::CachedSource(const FeatureCache& cache, int batch, bool shuffle, uint64_t seed)
    : cache_(cache), batch_(batch), shuffle_(shuffle), seed_(seed), staging_(cache.layout().cut.size()) {
  seek(0, 0);
}

void CachedSource::seek(int epoch, int64_t batch) {
  epoch_ = epoch;
  order_ = epoch_order(cache_.size(), shuffle_, seed_, epoch);
  position_ = batch * batch_;
}

bool CachedSource::next(Batch& batch) {
  const int64_t count = std::min<int64_t>(batch_, cache_.size() - position_);
  if (count <= 0) return false;
  batch.inputs.clear();
  batch.labels.clear();
  batch.samples.clear();
  for (size_t i = 0; i < staging_.size(); ++i) {
    staging_[i].resize(count * cache_.layout().shapes[i].count());
    batch.inputs.push_back(staging_[i].data());
  }
  std::vector<float*> features(staging_.size());
  for (int64_t item = 0; item < count; ++item) {
    const int64_t index = order_[position_ + item], sample = cache_.sample(index);
    for (size_t i = 0; i < staging_.size(); ++i)
      features[i] = staging_[i].data() + item * cache_.layout().shapes[i].count();
    cache_.read(cache_.views().at(epoch_, sample), sample, features);
    batch.labels.push_back(cache_.label(index));
    batch.samples.push_back(sample);
  }
  position_ += count;
  return true;
}

}  // namespace graft
