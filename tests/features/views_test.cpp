#include "transfer/features/views.h"

#include <doctest/doctest.h>

#include <map>
#include <set>

#include "support/picture_files.h"

namespace graft {
namespace {

using test::TemporaryFolder;

constexpr int pictures = 9;

std::vector<Sample> make_samples(const TemporaryFolder& folder) {
  std::vector<Sample> samples;
  for (int i = 0; i < pictures; ++i) {
    const std::string name = std::to_string(i) + ".png";
    folder.write(name, test::png_file(test::pattern(20 + i, 25)));
    samples.push_back({folder.path() / name, i % 3, name});
  }
  return samples;
}

LoaderOptions options_for(Augment augment) {
  LoaderOptions options;
  options.preprocessing = parse_preprocessing("127/128/20/16/bilinear");
  options.augment = augment;
  options.batch_size = 4;
  options.seed = 7;
  options.epochs = 4;
  return options;
}

// By epoch and sample.
using Pixels = std::map<std::pair<int64_t, int64_t>, std::vector<float>>;

Pixels load(const std::vector<Sample>& samples, const LoaderOptions& options) {
  Loader loader(samples, options);
  Pixels pixels;
  for (int64_t epoch = 0; epoch < options.epochs; ++epoch)
    while (const Batch* batch = loader.next())
      for (int i = 0; i < batch->count; ++i) {
        const float* from = batch->pixels + i * 16 * 16 * 3;
        pixels[{epoch, batch->samples[i]}].assign(from, from + 16 * 16 * 3);
      }
  return pixels;
}

TEST_CASE("features: an epoch's view of an image is what a loader makes in that epoch") {
  const TemporaryFolder folder;
  const std::vector<Sample> samples = make_samples(folder);
  for (const Augment augment : {Augment::none, Augment::flip, Augment::standard}) {
    const Views views(augment, 4, 7);
    std::vector<Pixels> by_view;
    for (int view = 0; view < views.count(); ++view)
      by_view.push_back(load(samples, options_for(views.augment(view))));
    std::set<int> used;
    for (const auto& [at, wanted] : load(samples, options_for(augment))) {
      const auto [epoch, sample] = at;
      const int view = views.at(epoch, sample);
      used.insert(view);
      CHECK(by_view[view].at({views.epoch(view), sample}) == wanted);
    }
    CHECK(static_cast<int>(used.size()) == views.count());
  }
}

TEST_CASE(
    "features: views have names that tell apart what differs, and epochs beyond the kept ones use them "
    "again") {
  const Views standard(Augment::standard, 3, 7), other_seed(Augment::standard, 3, 8),
      flip(Augment::flip, 0, 7), plain(Augment::none, 0, 8);
  CHECK(standard.at(4, 0) == 1);
  CHECK(standard.name(0, 0) != standard.name(1, 0));
  CHECK(standard.name(0, 0) != standard.name(0, 1));
  CHECK(standard.name(0, 0) != other_seed.name(0, 0));
  CHECK(flip.name(0, 5) == plain.name(0, 6));
  CHECK(flip.name(1, 5) != flip.name(0, 5));
}

TEST_CASE("loader: chosen samples alone, with the pixels that they have among all") {
  const TemporaryFolder folder;
  const std::vector<Sample> samples = make_samples(folder);
  LoaderOptions options = options_for(Augment::standard);
  const Pixels all = load(samples, options);
  options.chosen = {1, 4, 5, 7, 8};
  const Pixels some = load(samples, options);
  CHECK(some.size() == 5 * 4);
  for (const auto& [at, pixels] : some) CHECK(all.at(at) == pixels);
  CHECK(Loader(samples, options).batches_per_epoch() == 2);
  options.chosen = {pictures};
  CHECK_THROWS_WITH(Loader(samples, options), "there is no image 9 among 9");
}

}  // namespace
}  // namespace graft
