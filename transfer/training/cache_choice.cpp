#include "transfer/training/cache_choice.h"

#include <unistd.h>

#include <algorithm>

#include "engine/bytes_text.h"
#include "engine/check.h"
#include "transfer/features/views.h"
#include "transfer/training/user_cache.h"

namespace graft {

namespace {

uint64_t memory_limit(const Recipe& recipe) {
  if (recipe.cache_limit) return *recipe.cache_limit;
  const uint64_t memory =
      static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<uint64_t>(sysconf(_SC_PAGE_SIZE));
  return std::min(memory / 4, uint64_t{4} << 30);
}

// Of the nearest folder that exists already: that of the caches is made with the first of them.
uint64_t disk_limit(const Recipe& recipe) {
  std::filesystem::path folder = user_cache_folder().value_or("");
  std::error_code error;
  while (!folder.empty() && !std::filesystem::exists(folder, error)) folder = folder.parent_path();
  if (folder.empty()) return 0;
  const std::filesystem::space_info space = std::filesystem::space(folder, error);
  const uint64_t free = error ? 0 : space.available / 2;
  return std::min(free, recipe.cache_limit.value_or(free));
}

}  // namespace

std::filesystem::path features_folder() { return user_cache_file("features", "--cache disk"); }

CacheChoice choose_cache(const Recipe& recipe, const FeatureLayout& layout, int64_t train_images,
                         int64_t held_out_images) {
  CacheChoice choice;
  if (layout.cut.empty() || recipe.cache == CacheMode::off) return choice;
  const int views = Views(recipe.augment, recipe.cache_views, recipe.seed).count();
  const uint64_t held_out = layout.bytes() * held_out_images;
  choice.train = views > 0;
  choice.held_out = true;
  const uint64_t needed = held_out + layout.bytes() * train_images * views;
  if (recipe.cache != CacheMode::automatic) {
    choice.on_disk = recipe.cache == CacheMode::disk;
    GRAFT_CHECK(needed <= recipe.cache_limit.value_or(needed), call, "--cache-limit is ",
                bytes_text(*recipe.cache_limit), ", the features of these images take ", bytes_text(needed),
                "; allow more, or use --cache auto or off");
    return choice;
  }
  if (needed <= memory_limit(recipe)) return choice;
  if (needed <= disk_limit(recipe)) return choice.on_disk = true, choice;
  choice.train = false;
  choice.held_out = held_out <= memory_limit(recipe);
  return choice;
}

}  // namespace graft
