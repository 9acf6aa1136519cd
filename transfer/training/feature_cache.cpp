#include "transfer/training/feature_cache.h"

#include <algorithm>

#include "engine/check.h"
#include "transfer/data/loader.h"
#include "transfer/training/batch_loop.h"

namespace graft {

std::vector<NodeId> cut_of(const Graph& graph) {
  const std::vector<bool> prefix = frozen_prefix(graph);
  std::vector<bool> crosses(graph.size(), false);
  bool computes = false;
  for (NodeId id = 1; id < graph.size(); ++id)
    for (NodeId input : graph[id].inputs)
      if (!prefix[id] && prefix[input]) crosses[input] = true;
  std::vector<NodeId> cut;
  for (NodeId id = 0; id < graph.size(); ++id) {
    if (!crosses[id]) continue;
    cut.push_back(id);
    computes = computes || id != graph.input();
  }
  return computes ? cut : std::vector<NodeId>{};
}

FeatureCache::FeatureCache(Session& session, const Graph& graph, const std::vector<NodeId>& cut,
                           BatchSource& images, const std::function<bool(int64_t)>& progress)
    : cut_(cut), values_(cut.size()) {
  const std::vector<Shape> all = graph.shapes(images.shapes(1)[0]);
  for (NodeId node : cut) shapes_.push_back(all[node]);
  for (size_t i = 0; i < cut.size(); ++i) values_[i].reserve(images.size() * shapes_[i].count());
  images.seek(0, 0);
  for_each_batch(
      images,
      [&](const BatchSource::Batch& batch) {
        session.stage(images.from(), images.shapes(batch.count()), batch.inputs, cut);
      },
      [&] { session.start(); },
      [&](const BatchSource::Batch& batch) {
        const auto outputs = session.finish();
        for (size_t i = 0; i < cut.size(); ++i)
          values_[i].insert(values_[i].end(), outputs[i].begin(), outputs[i].end());
        labels_.insert(labels_.end(), batch.labels.begin(), batch.labels.end());
        samples_.insert(samples_.end(), batch.samples.begin(), batch.samples.end());
        if (progress && !progress(size()))
          fail(ErrorCode::cancelled, "stopped while the frozen layers ran over the images");
        return true;
      });
}

size_t FeatureCache::bytes_for(const Graph& graph, const std::vector<NodeId>& cut, const Shape& image,
                               int64_t samples) {
  const std::vector<Shape> shapes = graph.shapes(image);
  size_t sum = 0;
  for (NodeId node : cut) sum += shapes[node].count() * sizeof(float) * samples;
  return sum;
}

size_t FeatureCache::bytes() const {
  size_t sum = 0;
  for (const auto& values : values_) sum += values.size() * sizeof(float);
  return sum;
}

CachedSource::CachedSource(const FeatureCache& cache, int batch, bool shuffle, uint64_t seed)
    : cache_(cache), batch_(batch), shuffle_(shuffle), seed_(seed), staging_(cache.cut().size()) {
  seek(0, 0);
}

std::vector<Shape> CachedSource::shapes(int64_t count) const {
  std::vector<Shape> shapes;
  for (size_t i = 0; i < cache_.cut().size(); ++i) {
    shapes.push_back(cache_.shape(i));
    shapes.back()[0] = count;
  }
  return shapes;
}

void CachedSource::seek(int epoch, int64_t batch) {
  order_ = epoch_order(cache_.size(), shuffle_, seed_, epoch);
  position_ = batch * batch_;
}

bool CachedSource::next(Batch& batch) {
  const int64_t count = std::min<int64_t>(batch_, cache_.size() - position_);
  if (count <= 0) return false;
  batch.inputs.clear();
  batch.labels.clear();
  batch.samples.clear();
  for (int64_t i = 0; i < count; ++i) {
    batch.labels.push_back(cache_.label(order_[position_ + i]));
    batch.samples.push_back(cache_.sample(order_[position_ + i]));
  }
  for (size_t input = 0; input < staging_.size(); ++input) {
    const int64_t elements = cache_.shape(input).count();
    staging_[input].resize(count * elements);
    for (int64_t i = 0; i < count; ++i)
      std::copy_n(cache_.features(input, order_[position_ + i]), elements,
                  staging_[input].data() + i * elements);
    batch.inputs.push_back(staging_[input].data());
  }
  position_ += count;
  return true;
}

}  // namespace graft
