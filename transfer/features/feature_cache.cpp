#include "transfer/features/feature_cache.h"

#include <algorithm>
#include <numeric>

#include "engine/check.h"
#include "engine/float_elements.h"
#include "transfer/image/decode.h"
#include "transfer/training/batch_loop.h"
#include "transfer/training/image_source.h"

namespace graft {

namespace {

constexpr int64_t no_row = -1;

// A file that cannot be read has no features either: the loader says why.
std::vector<Digest> file_digests(const Dataset& data) {
  std::vector<Digest> digests(data.samples.size());
  for (size_t i = 0; i < digests.size(); ++i) try {
      digests[i] = digest_of(read_image_file(data.samples[i].path));
    } catch (const Error&) {
    }
  return digests;
}

}  // namespace

FeatureCache::FeatureCache(FeatureLayout layout, const Dataset& data, const Views& views, FeatureRows& rows)
    : layout_(std::move(layout)),
      data_(data),
      views_(views),
      rows_(rows),
      row_of_view_(views.count(), std::vector<int64_t>(data.samples.size(), no_row)),
      samples_(data.samples.size()),
      row_(layout_.bytes()) {
  std::iota(samples_.begin(), samples_.end(), 0);
  if (!rows_.keyed()) return;
  images_ = file_digests(data);
  for (int view = 0; view < views_.count(); ++view)
    for (int64_t sample : samples_)
      row_of_view_[view][sample] = rows_.find(key(view, sample)).value_or(no_row);
}

Digest FeatureCache::key(int view, int64_t sample) const {
  if (images_.empty()) return {};
  return digest_of(text(hex(images_[sample]), ' ', views_.name(view, sample)));
}

int64_t FeatureCache::missing() const {
  int64_t sum = 0;
  for (const auto& rows : row_of_view_) sum += std::ranges::count(rows, no_row);
  return sum;
}

void FeatureCache::fill(Session& session, const LoaderOptions& loading,
                        const std::function<bool(int64_t)>& progress) {
  for (int view = 0; view < views_.count(); ++view) compute(session, view, loading, progress);
  rows_.commit();
}

std::vector<int64_t> FeatureCache::missing_samples(int view) const {
  std::vector<int64_t> list;
  for (int64_t sample : samples_)
    if (row_of_view_[view][sample] == no_row) list.push_back(sample);
  return list;
}

void FeatureCache::compute(Session& session, int view, LoaderOptions loading,
                           const std::function<bool(int64_t)>& progress) {
  loading.chosen = missing_samples(view);
  if (loading.chosen.empty()) return;
  loading.augment = views_.augment(view);
  loading.epochs = static_cast<int>(views_.epoch(view)) + 1;
  loading.shuffle = false;
  ImageSource images(data_, loading);
  images.seek(static_cast<int>(views_.epoch(view)), 0);
  const bool finished = for_each_batch(
      images,
      [&](const BatchSource::Batch& batch) {
        session.stage(images.from(), images.shapes(batch.count()), batch.inputs, layout_.cut);
      },
      [&] { session.start(); },
      [&](const BatchSource::Batch& batch) {
        const auto outputs = session.finish();
        for (int64_t item = 0; item < batch.count(); ++item) keep(view, batch.samples[item], item, outputs);
        return !progress || progress(computed_);
      });
  if (!finished) {
    rows_.commit();
    fail(ErrorCode::cancelled, "stopped while the frozen layers ran over the images");
  }
  note_broken(images.broken());
}

void FeatureCache::keep(int view, int64_t sample, int64_t item,
                        const std::vector<std::vector<float>>& outputs) {
  std::byte* to = row_.data();
  for (size_t i = 0; i < outputs.size(); ++i) {
    const int64_t count = layout_.shapes[i].count();
    from_floats(outputs[i].data() + item * count, count, layout_.dtype, to);
    to += static_cast<size_t>(count) * size_of(layout_.dtype);
  }
  row_of_view_[view][sample] = rows_.add(key(view, sample), row_);
  ++computed_;
}

void FeatureCache::note_broken(const std::vector<BrokenImage>& broken) {
  broken_.insert(broken_.end(), broken.begin(), broken.end());
  for (const BrokenImage& image : broken) std::erase(samples_, image.sample);
}

void FeatureCache::read(int view, int64_t sample, std::span<float* const> features) const {
  rows_.read(row_of_view_[view][sample], row_);
  const std::byte* from = row_.data();
  for (size_t i = 0; i < features.size(); ++i) {
    const int64_t count = layout_.shapes[i].count();
    to_floats(from, count, layout_.dtype, features[i]);
    from += static_cast<size_t>(count) * size_of(layout_.dtype);
  }
}

}  // namespace graft
