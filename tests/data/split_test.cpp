#include "transfer/data/split.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "engine/error.h"
#include "support/picture_files.h"
#include "transfer/data/summary.h"

namespace graft {
namespace {

Dataset make(std::vector<std::pair<std::string, int>> classes) {
  Dataset data;
  for (const auto& [name, count] : classes) {
    for (int i = 0; i < count; ++i) {
      const std::string file = name + "/" + std::to_string(i);
      data.samples.push_back({file, static_cast<int>(data.classes.size()), file});
    }
    data.classes.push_back(name);
  }
  return data;
}

std::set<std::string> names(const Dataset& data, int label = -1) {
  std::set<std::string> out;
  for (const Sample& sample : data.samples)
    if (label < 0 || sample.label == label) out.insert(sample.name);
  return out;
}

TEST_CASE("a split takes its share of every class and loses nothing") {
  const Dataset data = make({{"a", 50}, {"b", 10}, {"c", 3}, {"d", 2}, {"e", 1}});
  const Split split = split_by_seed(data, 0.2, 0);
  const size_t expected[] = {10, 2, 1, 1, 0};
  for (int label = 0; label < 5; ++label) CHECK(names(split.val, label).size() == expected[label]);
  CHECK(split.train.samples.size() + split.val.samples.size() == data.samples.size());
  std::set<std::string> all = names(split.train);
  all.merge(names(split.val));
  CHECK(all == names(data));
  CHECK(split.val.classes == data.classes);
  CHECK(std::ranges::is_sorted(split.val.samples, {}, &Sample::name));
}

TEST_CASE("every class keeps a training image however large the share") {
  const Split split = split_by_seed(make({{"a", 5}, {"b", 2}, {"c", 1}}), 0.99, 1);
  for (int label = 0; label < 3; ++label) CHECK(names(split.train, label).size() == 1);
}

TEST_CASE("a split depends on names and seed only, and each class is on its own") {
  Dataset data = make({{"a", 40}, {"b", 40}});
  const auto once = names(split_by_seed(data, 0.2, 3).val);
  CHECK(names(split_by_seed(data, 0.2, 4).val) != once);
  std::ranges::reverse(data.samples);
  CHECK(names(split_by_seed(data, 0.2, 3).val) == once);
  const Split more = split_by_seed(make({{"0", 40}, {"a", 40}, {"b", 40}}), 0.2, 3);
  auto both = names(more.val, 1);
  both.merge(names(more.val, 2));
  CHECK(both == once);
}

TEST_CASE("a share outside 0 to 1 is refused") {
  for (double share : {0.0, 1.0, -0.5, 2.0})
    CHECK_THROWS_AS(split_by_seed(make({{"a", 4}}), share, 0), Error);
}

TEST_CASE("the split of a seed never changes") {
  const Split split = split_by_seed(make({{"a", 10}, {"b", 10}}), 0.2, 0);
  CHECK(names(split.val) == std::set<std::string>{"a/6", "a/9", "b/0", "b/8"});
}

TEST_CASE("byte-identical pictures on both sides are found") {
  test::TemporaryFolder folder;
  const auto one = test::png_file(test::pattern(4, 4)), two = test::png_file(test::pattern(5, 4));
  auto changed = one;
  changed.back() ^= std::byte{1};
  folder.write("train/a/1.png", one);
  folder.write("train/a/2.png", two);
  folder.write("train/a/3.png", one);
  folder.write("val/a/x.png", one);
  folder.write("val/a/y.png", changed);
  const DataSource source = open_data(folder.path());
  const DatasetSummary summary = summarise(source.train, *source.val);
  REQUIRE(summary.duplicates.size() == 2);
  CHECK(summary.duplicates[0].train == "a/1.png");
  CHECK(summary.duplicates[1].train == "a/3.png");
  CHECK(summary.duplicates[0].val == "a/x.png");
  CHECK(summary.train_images == 3);
  CHECK(summary.val_images == 2);
}

TEST_CASE("a summary counts classes and flags more than 10 to 1") {
  test::TemporaryFolder folder;
  folder.write("a/x.gif", "GIF89a....");
  for (int i = 0; i < 12; ++i)
    folder.write("a/" + std::to_string(i) + ".png", test::png_file(test::pattern(i + 1, 1)));
  folder.write("b/1.png", test::png_file(test::pattern(40, 1)));
  folder.write("b/2.png", test::png_file(test::pattern(41, 1)));
  const Split split = split_by_seed(open_folder(folder.path()), 0.2, 0);
  const DatasetSummary summary = summarise(split.train, split.val);
  REQUIRE(summary.classes.size() == 2);
  CHECK(summary.classes[0].train == 10);
  CHECK(summary.classes[0].val == 2);
  CHECK(summary.classes[1].train == 1);
  CHECK(summary.imbalance == 10);
  CHECK_FALSE(summary.imbalanced);
  CHECK(summary.notes.unsupported.size() == 1);
  CHECK(summary.duplicates.empty());
  Dataset whole = open_folder(folder.path());
  std::erase_if(whole.samples, [](const Sample& sample) { return sample.name == "b/2.png"; });
  CHECK(summarise(whole, split.val).imbalanced);
}

}  // namespace
}  // namespace graft
