#include "transfer/data/loader.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>
#include <numeric>

#include "engine/error.h"
#include "support/picture_files.h"

namespace graft {
namespace {

using test::TemporaryFolder;

// `count` small pictures, all different; those in `broken` are cut short.
std::vector<Sample> make_samples(const TemporaryFolder& folder, int count,
                                 const std::vector<int>& broken = {}) {
  std::vector<Sample> samples;
  for (int i = 0; i < count; ++i) {
    const std::string name = std::to_string(i) + ".png";
    auto file = test::png_file(test::pattern(20 + i, 25));
    if (std::ranges::count(broken, i)) file.resize(file.size() / 2);
    folder.write(name, file);
    samples.push_back({folder.path() / name, i % 3, name});
  }
  return samples;
}

LoaderOptions small_options() {
  LoaderOptions options;
  options.preprocessing = parse_preprocessing("127/128/20/16/bilinear");
  options.augment = Augment::standard;
  options.batch_size = 4;
  options.shuffle = true;
  options.threads = 2;
  options.epochs = 2;
  return options;
}

// Everything that a loader gave, in a form that can be compared.
struct Seen {
  std::vector<std::vector<int64_t>> batches;  // an empty one for each end of an epoch
  std::vector<int> labels;
  std::vector<float> pixels;
  bool operator==(const Seen&) const = default;
};

Seen drain(Loader& loader, int most_calls = 1000) {
  Seen seen;
  const int64_t end = 2;
  while (loader.position().epoch < end && most_calls-- > 0) {
    const Batch* batch = loader.next();
    seen.batches.push_back(batch ? batch->samples : std::vector<int64_t>{});
    if (!batch) continue;
    CHECK(batch->count == static_cast<int>(batch->samples.size()));
    seen.labels.insert(seen.labels.end(), batch->labels.begin(), batch->labels.end());
    seen.pixels.insert(seen.pixels.end(), batch->pixels, batch->pixels + batch->count * 16 * 16 * 3);
  }
  return seen;
}

TEST_CASE("an epoch has every sample once, the last batch being smaller") {
  TemporaryFolder folder;
  Loader loader(make_samples(folder, 11), small_options());
  CHECK(loader.batches_per_epoch() == 3);
  const Seen seen = drain(loader);
  REQUIRE(seen.batches.size() == 8);
  for (size_t epoch : {0, 4}) {
    std::vector<int64_t> all;
    for (size_t i = 0; i < 3; ++i) {
      CHECK(seen.batches[epoch + i].size() == (i < 2 ? 4 : 3));
      all.insert(all.end(), seen.batches[epoch + i].begin(), seen.batches[epoch + i].end());
    }
    CHECK(seen.batches[epoch + 3].empty());
    CHECK_FALSE(std::ranges::is_sorted(all));
    std::ranges::sort(all);
    std::vector<int64_t> expected(11);
    std::iota(expected.begin(), expected.end(), 0);
    CHECK(all == expected);
  }
  CHECK(seen.batches[0] != seen.batches[4]);
  CHECK(loader.next() == nullptr);
  CHECK(loader.position() == LoaderPosition{2, 0});
}

TEST_CASE("a batch holds what augment() makes of its pictures") {
  TemporaryFolder folder;
  const auto samples = make_samples(folder, 5);
  LoaderOptions options = small_options();
  options.shuffle = false;
  options.seed = 9;
  Loader loader(samples, options);
  const Batch* batch = loader.next();
  REQUIRE(batch);
  std::vector<float> expected(16 * 16 * 3);
  for (int i = 0; i < batch->count; ++i) {
    CHECK(batch->samples[i] == i);
    CHECK(batch->labels[i] == i % 3);
    augment(test::pattern(20 + i, 25), Augment::standard, options.preprocessing, augment_stream(9, 0, i),
            expected.data());
    CHECK(std::equal(expected.begin(), expected.end(), batch->pixels + i * expected.size()));
  }
}

TEST_CASE("any number of threads and of batches ahead gives the same") {
  TemporaryFolder folder;
  const auto samples = make_samples(folder, 23, {7});
  LoaderOptions options = small_options();
  Loader first(samples, options);
  const Seen expected = drain(first);
  CHECK(expected.pixels.size() == 2 * 22 * 16 * 16 * 3);
  for (int threads : {1, 3, 8})
    for (int ahead : {1, 2, 20}) {
      options.threads = threads;
      options.batches_ahead = ahead;
      Loader loader(samples, options);
      CHECK(drain(loader) == expected);
    }
}

TEST_CASE("a loader goes on exactly where another stopped") {
  TemporaryFolder folder;
  const auto samples = make_samples(folder, 11);
  Loader whole(samples, small_options());
  const Seen expected = drain(whole);
  for (int calls = 0; calls <= 8; ++calls) {
    CAPTURE(calls);
    Loader before(samples, small_options());
    Seen seen = drain(before, calls);
    Loader after(samples, small_options());
    after.seek(before.position());
    const Seen rest = drain(after);
    seen.batches.insert(seen.batches.end(), rest.batches.begin(), rest.batches.end());
    seen.labels.insert(seen.labels.end(), rest.labels.begin(), rest.labels.end());
    seen.pixels.insert(seen.pixels.end(), rest.pixels.begin(), rest.pixels.end());
    CHECK(seen == expected);
  }
  whole.seek({0, 0});
  CHECK(drain(whole) == expected);
  CHECK_THROWS_AS(whole.seek({0, 4}), Error);
  CHECK_THROWS_AS(whole.seek({3, 0}), Error);
  CHECK_THROWS_AS(whole.seek({-1, 0}), Error);
}

TEST_CASE("a broken picture is named, counted once and left out") {
  TemporaryFolder folder;
  LoaderOptions options = small_options();
  options.shuffle = false;
  Loader loader(make_samples(folder, 20, {5}), options);
  const Seen seen = drain(loader);
  CHECK(seen.batches[1] == std::vector<int64_t>{4, 6, 7});
  CHECK(seen.batches[2].size() == 4);
  REQUIRE(loader.broken().size() == 1);
  CHECK(loader.broken()[0].sample == 5);
  CHECK(loader.broken()[0].message.find("5.png: is truncated") != std::string::npos);
}

TEST_CASE("a batch of which nothing is left is passed over") {
  TemporaryFolder folder;
  LoaderOptions options = small_options();
  options.shuffle = false;
  options.batch_size = 1;
  options.epochs = 1;
  Loader loader(make_samples(folder, 20, {19}), options);
  int count = 0;
  while (const Batch* batch = loader.next()) count += batch->count;
  CHECK(count == 19);
  CHECK(loader.position() == LoaderPosition{1, 0});
}

TEST_CASE("more than 5 % of broken pictures is an error, and stays one") {
  TemporaryFolder folder;
  LoaderOptions options = small_options();
  options.shuffle = false;
  Loader loader(make_samples(folder, 20, {5, 9}), options);
  CHECK(loader.next());
  CHECK(loader.next());
  for (int i = 0; i < 2; ++i) {
    try {
      loader.next();
      FAIL("no error");
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::format);
      CHECK(std::string(error.what()).find("more than 5 % of the images cannot be read (2 of 20") == 0);
    }
  }
  CHECK(loader.position() == LoaderPosition{0, 2});
}

TEST_CASE("a picture that vanished counts as broken") {
  TemporaryFolder folder;
  const auto samples = make_samples(folder, 20);
  std::filesystem::remove(samples[3].path);
  Loader loader(samples, small_options());
  drain(loader);
  REQUIRE(loader.broken().size() == 1);
  CHECK(loader.broken()[0].message.find("3.png: is missing") != std::string::npos);
}

std::vector<std::string> blocked_signals() {
  std::vector<std::string> masks;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream status(task.path() / "status");
    for (std::string line; std::getline(status, line);)
      if (line.starts_with("SigBlk:")) masks.push_back(line);
  }
  return masks;
}

int64_t count_blocking(const std::vector<std::string>& masks) {
  const uint64_t wanted = uint64_t{1} << (SIGINT - 1) | uint64_t{1} << (SIGTERM - 1);
  return std::ranges::count_if(
      masks, [&](const auto& mask) { return (std::stoull(mask.substr(8), nullptr, 16) & wanted) == wanted; });
}

TEST_CASE("threads block signals, the caller's mask stays, and all are joined at once in mid-epoch") {
  TemporaryFolder folder;
  const auto before = blocked_signals();
  LoaderOptions options = small_options();
  options.threads = 3;
  options.epochs = 1000000;
  const auto begin = std::chrono::steady_clock::now();
  {
    Loader loader(make_samples(folder, 40), options);
    CHECK(blocked_signals().size() == before.size());
    REQUIRE(loader.next());
    const auto during = blocked_signals();
    REQUIRE(during.size() == before.size() + 3);
    CHECK(count_blocking(during) == count_blocking(before) + 3);
  }
  CHECK(blocked_signals() == before);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(10));
}

TEST_CASE("a loader refuses what it cannot do") {
  TemporaryFolder folder;
  const auto samples = make_samples(folder, 1);
  CHECK_THROWS_AS(Loader({}, small_options()), Error);
  for (int LoaderOptions::*field :
       {&LoaderOptions::batch_size, &LoaderOptions::threads, &LoaderOptions::batches_ahead}) {
    LoaderOptions options = small_options();
    options.*field = 0;
    CHECK_THROWS_AS(Loader(samples, options), Error);
  }
}

TEST_CASE("the order of an epoch is a function of seed and epoch") {
  CHECK(epoch_order(5, false, 0, 0) == std::vector<int64_t>{0, 1, 2, 3, 4});
  CHECK(epoch_order(50, true, 1, 2) == epoch_order(50, true, 1, 2));
  CHECK(epoch_order(50, true, 1, 2) != epoch_order(50, true, 1, 3));
  CHECK(epoch_order(50, true, 1, 2) != epoch_order(50, true, 2, 2));
}

}  // namespace
}  // namespace graft
