#include <doctest/doctest.h>

#include <fstream>

#include "end_to_end/training_project.h"

namespace graft::test {
namespace {

namespace fs = std::filesystem;

TEST_CASE(
    "feature cache: every step's loss is the same without, in memory, on disk and from an earlier run's "
    "disk") {
  const TrainingProject project;
  for (const char* what : {"head", "last:1"})
    for (const char* augment : {"none", "flip"}) {
      CAPTURE(what);
      CAPTURE(augment);
      const auto run = [&](const char* cache) {
        return project.train(what, [&](TrainOptions& o) { o.cache = cache, o.augment = augment; });
      };
      const TrainingProject::Run without = run("off"), in_memory = run("memory"), on_disk = run("disk"),
                                 again = run("disk");
      const int64_t views = (std::string(augment) == "flip" ? 2 : 1) * 18 + 10;
      CHECK(without.losses.front() != without.losses.back());
      CHECK(without.result.cache_bytes == 0);
      CHECK(in_memory.result.cache_computed == views);
      CHECK(on_disk.result.cache_found + on_disk.result.cache_computed == views);
      CHECK(again.result.cache_found == views);
      CHECK(again.result.cache_computed == 0);
      CHECK(largest_difference(without.losses, in_memory.losses) <= 1e-6);
      CHECK(in_memory.losses == on_disk.losses);
      CHECK(in_memory.losses == again.losses);
      CHECK(without.result.val_top1 == again.result.val_top1);
    }
}

TEST_CASE("training tells what its model makes of the held-out images, where it saw it") {
  const TrainingProject project;
  const auto told = [&](const std::function<void(TrainOptions&)>& set) {
    return project.train("head", set).result.held_out.has_value();  // compared there with evaluate()
  };
  CHECK(told([](TrainOptions& o) { o.cache = "off"; }));
  CHECK(told([](TrainOptions& o) { o.cache = "memory", o.ema = 0.9; }));
  CHECK(told([](TrainOptions& o) { o.solver = "lbfgs", o.epochs.reset(), o.head_first.reset(); }));
  CHECK_FALSE(told([](TrainOptions& o) { o.cache = "memory", o.cache_precision = "bf16"; }));
}

void change_byte(const fs::path& path, std::streamoff from_end) {
  const std::string before = read_text(path);
  std::string after = before;
  after[after.size() - from_end] ^= 1;
  std::ofstream(path, std::ios::binary) << after;
}

TEST_CASE("feature cache: whatever changes, what it changes is computed anew, and nothing else") {
  const TrainingProject project;
  const auto computed = [&](const std::function<void(TrainOptions&)>& set = {},
                            const LoadOptions& load = {}) {
    return project
        .train(
            "head",
            [&](TrainOptions& o) {
              o.cache = "disk";
              o.epochs = 1;
              if (set) set(o);
            },
            load)
        .result.cache_computed;
  };
  CHECK(computed() == 28);
  CHECK(computed() == 0);

  // PNG ends with an end chunk whose check nobody reads.
  change_byte(project.path("data/train/bright/3.png"), 1);
  CHECK(computed() == 1);
  CHECK(computed() == 0);

  fs::copy(project.path("data/train/dark/1.png"), project.path("data/train/dark/copy.png"));
  CHECK(computed() == 0);  // the same image
  fs::rename(project.path("data/train/dark/copy.png"), project.path("data/train/dark/another.png"));
  CHECK(computed() == 0);

  CHECK(computed([](TrainOptions& o) { o.image_size = 48; }) == 29);
  CHECK(computed([](TrainOptions& o) { o.device.threads = 1; }) == 29);  // another order of sums, maybe
  CHECK(computed([](TrainOptions& o) { o.device.methods = {{"pool_forward", "reference"}}; }) == 29);
  CHECK(computed([](TrainOptions& o) { o.cache_precision = "bf16"; }) == 29);
  LoadOptions bicubic;
  bicubic.preprocess = "123.675,116.28,103.53/58.395,57.12,57.375/256/224/bicubic";
  CHECK(computed({}, bicubic) == 29);
  CHECK(computed([](TrainOptions& o) { o.batch = 6, o.seed = 3, o.learning_rate = 0.1; }) == 0);

  change_byte(project.weights(), 4);  // the last tensor's last element belongs to some frozen layer
  CHECK(computed() == 29);
}

TEST_CASE("feature cache: augmented views are kept for as many epochs as asked, then used again") {
  const TrainingProject project;
  const auto run = [&](const char* cache, int views) {
    return project.train("head", [&](TrainOptions& o) {
      o.augment = "standard", o.cache = cache, o.cache_views = views, o.epochs = 3;
    });
  };
  const TrainingProject::Run without = run("off", 0), three = run("memory", 3), two = run("disk", 2),
                             again = run("disk", 3);
  CHECK(largest_difference(without.losses, three.losses) <= 1e-6);
  CHECK(three.result.cache_computed == 3 * 18 + 10);
  CHECK(two.result.cache_computed == 2 * 18 + 10);
  CHECK(again.result.cache_computed == 18);
  CHECK(largest_difference(three.losses, two.losses) > 1e-6);
  CHECK(three.losses == again.losses);
}

TEST_CASE("feature cache: a limit is kept to, bfloat16 takes half and trains about the same") {
  const TrainingProject project;
  const auto run = [&](const char* cache, std::optional<uint64_t> limit, const char* precision = "fp32") {
    return project.train("head", [&](TrainOptions& o) {
      o.cache = cache, o.cache_limit = limit, o.cache_precision = precision;
    });
  };
  const TrainingProject::Run whole = run("memory", {}), half = run("memory", {}, "bf16");
  CHECK(half.result.cache_bytes * 2 == whole.result.cache_bytes);
  CHECK(largest_difference(half.losses, whole.losses) <= 0.03);
  CHECK_THROWS_WITH_AS(run("memory", 1000), doctest::Contains("--cache-limit is 1000 bytes"), Error);
  CHECK_THROWS_WITH_AS(run("disk", 1000), doctest::Contains("--cache-limit is 1000 bytes"), Error);
  CHECK(run("auto", 1000).result.cache_bytes == 0);
  CHECK(run("auto", {}).result.cache_bytes == whole.result.cache_bytes);
  CHECK_THROWS_WITH_AS(project.train("head", [](TrainOptions& o) { o.cache_views = 2; }),
                       doctest::Contains("--cache-views 2 keeps augmented views"), Error);
}

TEST_CASE("feature cache: a run that is stopped while it fills leaves what it had, and damage is told") {
  const TrainingProject project;
  const auto run = [&](bool stop) {
    return project
        .train("head",
               [&](TrainOptions& o) {
                 o.cache = "disk";
                 o.epochs = 1;
                 if (stop)
                   o.on_progress = [](const Progress& p) { return p.stage != Progress::Stage::features; };
               })
        .result;
  };
  CHECK(run(true).interrupted);
  const TrainResult after = run(false);
  CHECK(after.cache_found > 0);
  CHECK(after.cache_computed > 0);
  CHECK(after.cache_found + after.cache_computed == 28);

  fs::resize_file(after.cache_file, 100);
  const TrainResult damaged = run(false);
  CHECK(damaged.cache_computed == 28);
  REQUIRE(damaged.warnings.size() == 1);
  CHECK(damaged.warnings[0].find("shorter than its index says") != std::string::npos);
}

}  // namespace
}  // namespace graft::test
