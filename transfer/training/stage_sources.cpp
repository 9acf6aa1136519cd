#include "transfer/training/stage_sources.h"

#include "engine/check.h"
#include "transfer/features/feature_progress.h"
#include "transfer/features/memory_rows.h"
#include "transfer/features/prefix_description.h"
#include "transfer/features/stored_rows.h"
#include "transfer/training/cache_choice.h"
#include "transfer/training/execution.h"

namespace graft {

namespace {

// The prefix runs over as many images at once whatever the batch is, so that runs share what is on disk.
constexpr int prefix_batch = 32;
// What caches of other runs may take on disk beside this one.
constexpr uintmax_t others_limit = uintmax_t{16} << 30;

int64_t count_of(const Dataset& data) { return static_cast<int64_t>(data.samples.size()); }

}  // namespace

StageSources::StageSources(const Inputs& inputs) {
  const Recipe& recipe = inputs.recipe;
  loading_.preprocessing = preprocessing_of(inputs.model);
  loading_.batch_size = recipe.batch;
  loading_.threads = inputs.device.properties().threads;
  loading_.seed = recipe.seed;

  const Shape image{1, loading_.preprocessing.crop, loading_.preprocessing.crop, 3};
  FeatureLayout layout{.cut = cut_of(inputs.model.graph), .shapes = {}, .dtype = recipe.cache_dtype};
  layout.shapes = shapes_at(inputs.model.graph, layout.cut, image);
  const CacheChoice choice = choose_cache(recipe, layout, count_of(inputs.train), count_of(inputs.held_out));
  const bool apart = recipe.prefix_math != recipe.math;
  if (choice.held_out || apart)
    prefix_ = std::make_unique<Session>(inputs.device, inputs.model.graph, inputs.model.weights,
                                        prefix_options(inputs.execution, recipe.prefix_math, inputs.device));
  open_images(inputs, !choice.train, !choice.held_out);
  if (choice.held_out) open_caches(inputs, layout, choice.train, choice.on_disk);
  if (apart && train_images_) train_ = std::make_unique<PrefixSource>(*train_images_, *prefix_, layout);
  if (apart && held_out_images_)
    held_out_ = std::make_unique<PrefixSource>(*held_out_images_, *prefix_, layout);
  if (!apart || choice.train) release_prefix();
}

void StageSources::release_prefix() {
  implementations_ = implementations();
  prefix_.reset();
}

void StageSources::open_images(const Inputs& inputs, bool train, bool held_out) {
  if (train) {
    LoaderOptions loading = loading_;
    loading.augment = inputs.recipe.augment;
    loading.shuffle = true;
    loading.epochs = inputs.recipe.epochs;
    train_images_ = std::make_unique<ImageSource>(inputs.train, loading);
  }
  if (held_out) held_out_images_ = std::make_unique<ImageSource>(inputs.held_out, loading_);
}

std::unique_ptr<FeatureRows> StageSources::stored_rows(const Inputs& inputs, const FeatureLayout& layout) {
  const std::filesystem::path folder = features_folder();
  const auto waiting = [&] {
    if (inputs.progress && !inputs.progress(feature_progress(0, 0, now())))
      fail(ErrorCode::cancelled, "stopped while another run writes the same features");
  };
  auto rows = std::make_unique<StoredRows>(
      folder, prefix_description(*prefix_, inputs.model, layout, prefix_batch), layout.bytes(), waiting);
  cached_.file = rows->path();
  cached_.warning = rows->rejected();
  trim_stored_rows(folder, others_limit, rows->path());
  return rows;
}

void StageSources::open_caches(const Inputs& inputs, const FeatureLayout& layout, bool train, bool on_disk) {
  const Recipe& recipe = inputs.recipe;
  const Views views(recipe.augment, recipe.cache_views, recipe.seed), plain(Augment::none, 0, recipe.seed);
  if (on_disk)
    rows_ = stored_rows(inputs, layout);
  else
    rows_ = std::make_unique<MemoryRows>(layout.bytes(),
                                         count_of(inputs.held_out) + count_of(inputs.train) * views.count());
  if (train) train_features_ = std::make_unique<FeatureCache>(layout, inputs.train, views, *rows_);
  held_out_features_ = std::make_unique<FeatureCache>(layout, inputs.held_out, plain, *rows_);
  fill(inputs);
  rows_->finish();
  cached_.train = train;
  if (train) train_ = std::make_unique<CachedSource>(*train_features_, recipe.batch, true, recipe.seed);
  held_out_ = std::make_unique<CachedSource>(*held_out_features_, recipe.batch, false, recipe.seed);
}

void StageSources::fill(const Inputs& inputs) {
  LoaderOptions loading = loading_;
  loading.batch_size = prefix_batch;
  const double began = now();
  int64_t total = 0, done_before = 0;
  for (const FeatureCache* cache : {train_features_.get(), held_out_features_.get()})
    if (cache) total += cache->missing();
  for (FeatureCache* cache : {train_features_.get(), held_out_features_.get()}) {
    if (!cache) continue;
    cached_.found += cache->views_wanted() - cache->missing();
    cache->fill(*prefix_, loading, [&](int64_t computed) {
      return !inputs.progress || inputs.progress(feature_progress(done_before + computed, total, began));
    });
    done_before += cache->computed();
    cached_.bytes += cache->bytes();
  }
  cached_.computed = done_before;
  cached_.session_bytes = prefix_->bytes();
}

std::vector<BrokenImage> StageSources::broken() const {
  std::vector<BrokenImage> all;
  const auto add = [&](const auto* source) {
    if (source) all.insert(all.end(), source->broken().begin(), source->broken().end());
  };
  add(train_images_.get());
  add(held_out_images_.get());
  add(train_features_.get());
  add(held_out_features_.get());
  return all;
}

}  // namespace graft
