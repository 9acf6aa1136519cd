#include <doctest/doctest.h>

#include "end_to_end/training_project.h"
#include "support/bf16_devices.h"
#include "transfer/training/training_state.h"

namespace graft::test {
namespace {

namespace fs = std::filesystem;

auto in_bf16(const std::string& device, const char* cache) {
  return [device, cache](TrainOptions& o) {
    o.device.device = device;
    o.cache = cache;
    o.prefix_precision = "bf16";
    o.learning_rate = 0.001;  // an untrained network's features are large
  };
}

bool contains(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

TEST_CASE(
    "prefix precision: every step's loss is the same from kept features and from those computed each time") {
  const TrainingProject project;
  if (!why_no_onednn_bf16().empty()) MESSAGE("skipped on cpu: ", why_no_onednn_bf16());
  // The last one's cut is two tensors: what a convolution reads, and what is added behind it.
  for (const std::string what : {"head", "features.16.conv.2,classifier.1"})
    for (const std::string& device : bf16_devices()) {
      CAPTURE(what);
      CAPTURE(device);
      const auto run = [&](const char* cache, const char* augment = "none", const char* prefix = "bf16") {
        return project.train(what, [&](TrainOptions& o) {
          in_bf16(device, cache)(o);
          o.augment = augment;
          o.prefix_precision = prefix;
          o.epochs = 2;
        });
      };
      const TrainingProject::Run each_time = run("off"), kept = run("memory"),
                                 whole = run("memory", "none", "");
      CHECK(each_time.losses.front() != each_time.losses.back());
      CHECK(each_time.result.cache_bytes == 0);
      CHECK(kept.result.cache_computed == 28);
      CHECK(largest_difference(each_time.losses, kept.losses) <= 1e-6);
      CHECK(each_time.result.val_loss == doctest::Approx(kept.result.val_loss).epsilon(1e-6));
      CHECK(each_time.losses != whole.losses);
      CHECK(largest_difference(each_time.losses, whole.losses) <= 0.03);
      CHECK(each_time.result.val_top1 == whole.result.val_top1);
      // New pixels in each epoch; the held-out images' features are kept with "auto".
      CHECK(largest_difference(run("off", "standard").losses, run("auto", "standard").losses) <= 1e-6);
    }
}

TEST_CASE("prefix precision: what is kept of one is not read by another, and loses nothing in bfloat16") {
  const TrainingProject project;
  for (const std::string& device : bf16_devices()) {
    CAPTURE(device);
    const auto run = [&](const char* prefix, const char* cache_precision) {
      return project.train("head", [&](TrainOptions& o) {
        in_bf16(device, "disk")(o);
        o.prefix_precision = prefix;
        o.cache_precision = cache_precision;
      });
    };
    const TrainingProject::Run single = run("", "fp32"), half = run("bf16", "fp32"),
                               again = run("bf16", "fp32"), narrow = run("bf16", "bf16");
    CHECK(single.result.cache_computed == 28);
    CHECK(half.result.cache_computed == 28);
    CHECK(half.result.cache_file != single.result.cache_file);
    CHECK(again.result.cache_found == 28);
    CHECK(again.losses == half.losses);
    CHECK(narrow.result.cache_computed == 28);
    CHECK(narrow.losses == half.losses);
    CHECK(narrow.result.cache_bytes * 2 == half.result.cache_bytes);
    CHECK(largest_difference(single.losses, half.losses) > 1e-6);
  }
}

TEST_CASE("prefix precision: what trains stays in float32") {
  const TrainingProject project;
  for (const std::string& device : bf16_devices())
    for (const char* cache : {"memory", "off"}) {
      CAPTURE(device);
      CAPTURE(cache);
      const fs::path out = project.path("precise.graft");
      project.train("last:1", [&](TrainOptions& o) {
        in_bf16(device, cache)(o);
        o.epochs = 1;
        o.out = out;
      });
      int narrow = 0, trained = 0;
      for (const auto& [problem, name] : read_state(state_path(out)).implementations) {
        const bool forward = problem.starts_with("conv_forward") || problem.starts_with("separable_block") ||
                             problem.starts_with("cast ");
        narrow += forward && contains(problem, "bfloat16");
        trained += !forward;
        if (!forward && !problem.starts_with("pool_forward"))
          CHECK_MESSAGE(!contains(problem, "bfloat16"), problem, " by ", name);
      }
      CHECK(narrow > 15);
      CHECK(trained > 5);
    }
}

TEST_CASE("prefix precision: an interrupted run goes on to the same bytes, in no other precision") {
  const TrainingProject project;
  for (const std::string& device : bf16_devices())
    for (const char* cache : {"off", "auto"}) {
      CAPTURE(device);
      CAPTURE(cache);
      const fs::path whole = project.path("whole.graft"), broken = project.path("broken.graft");
      const auto run = [&](const fs::path& out, const std::function<void(TrainOptions&)>& more = {}) {
        return project.train("last:1", [&](TrainOptions& o) {
          in_bf16(device, cache)(o);
          o.augment = "standard";
          o.out = out;
          if (more) more(o);
        });
      };
      run(whole);
      const auto stopped = run(broken, [](TrainOptions& o) {
        o.on_progress = [](const Progress& p) { return p.epoch < 2 || p.step < 2; };
      });
      REQUIRE(stopped.result.interrupted);
      for (const char* other : {"", "fp32"})
        CHECK_THROWS_WITH_AS(run(broken,
                                 [&](TrainOptions& o) {
                                   o.resume = true;
                                   o.prefix_precision = other;
                                 }),
                             doctest::Contains("prefix-precision is fp32, but the run in"), Error);
      run(broken, [](TrainOptions& o) { o.resume = true; });
      CHECK(read_text(whole) == read_text(broken));
    }
}

TEST_CASE("program: --prefix-precision is told, and refused in one line where it cannot be") {
  const SampleProject& p = sample_project();
  const Words train{"train",   "--data", p.path("data"), "--weights", p.weights(), "--image-size", "64",
                    "--batch", "8",      "--epochs",     "1"};
  const Words bf16{"--prefix-precision", "bf16"};
  const ProgramResult done = run_program(with(with(train, bf16), {"--device", "emulated"}));
  CAPTURE(done.error);
  CHECK(done.status == 0);
  CHECK(contains(done.out, " precision=fp32 prefix-precision=bf16 "));

  const auto refused = [](const Words& words, const char* why) {
    const ProgramResult result = run_program(words);
    CHECK(result.status == 2);
    CHECK(is_one_line_error(result.error));
    CHECK_MESSAGE(contains(result.error, why), result.error);
  };
  refused(with(with(train, bf16), {"--device", "emulated", "--train", "all"}),
          "--prefix-precision bf16: nothing is frozen in front of what trains");
  refused(with(train, {"--prefix-precision", "fp8"}), "--prefix-precision");
  refused(with(train, {"--prefix-precision", "tf32", "--device", "cpu"}),
          "--prefix-precision tf32 needs tensor cores, which device 'cpu' has not");
  const Environment older("ONEDNN_MAX_CPU_ISA", "AVX2");
  const char* lacking = "--prefix-precision bf16: this processor has neither AVX-512 BF16 nor AMX";
  refused(with(with(train, bf16), {"--device", "cpu"}), lacking);
  refused(with({"features", "--data", p.path("all"), "--weights", p.weights(), "--device", "cpu", "--out",
                p.path("half.npz")},
               bf16),
          lacking);
}

}  // namespace
}  // namespace graft::test
