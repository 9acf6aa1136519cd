#pragma once

#include "transfer/features/cut.h"
#include "transfer/training/recipe.h"

namespace graft {

// What of a stage's features is kept, and where.
struct CacheChoice {
  bool train = false, held_out = false, on_disk = false;
};

// As --cache says; automatic: all in memory where a quarter of the machine's (at most 4 GiB) holds it, else
// all on disk where half of what is free does, else the held-out images' in memory, if those fit. Error{call}
// where
// --cache-limit allows less than was asked for.
CacheChoice choose_cache(const Recipe& recipe, const FeatureLayout& layout, int64_t train_images,
                         int64_t held_out_images);

// Where caches on disk lie. Error{call} where the user has no cache folder.
std::filesystem::path features_folder();

}  // namespace graft
