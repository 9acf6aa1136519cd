#include "transfer/cost/roofline.h"

#include <doctest/doctest.h>

#include <cmath>
#include <set>

#include "engine/check.h"
#include "support/picture_files.h"
#include "transfer/cost/calibration.h"
#include "transfer/cost/points.h"
#include "transfer/cost/probes.h"
#include "transfer/cost/rates_file.h"
#include "transfer/inspection/planned_network.h"
#include "transfer/model/head.h"
#include "transfer/model/recognise.h"

namespace graft {
namespace {

StepSize step(const char* kind, double flops, double bytes, double rows) {
  return {.kind = kind, .flops = flops, .bytes = bytes, .place = {rows, 0, 0, 0}};
}

TEST_CASE("roofline: the peaks are the best rates seen, and a step is no faster than either allows") {
  // 1 Gflop/s and 100 MB/s, each reached by one of them.
  const Roofline roof({{step("product", 1e9, 1e6, 0), 1}, {step("copy", 0, 1e8, 0), 1}});
  CHECK(roof.peak_flops() == 1e9);
  CHECK(roof.peak_bytes() == 1e8);
  CHECK(*roof.seconds(step("product", 2e9, 1e6, 0)) == doctest::Approx(2));
  CHECK(*roof.seconds(step("product", 1e3, 5e8, 0)) == doctest::Approx(5));
  CHECK(*roof.seconds(step("copy", 0, 1e7, 0)) == doctest::Approx(0.1));
  CHECK_FALSE(roof.seconds(step("unknown", 1, 1, 0)));
}

TEST_CASE("roofline: how far from the roof follows from steps of the kind, mostly from the nearest") {
  // At 2^0 rows half of the peak, at 2^10 a tenth of it.
  const Roofline roof(
      {{step("best", 1e9, 1, 0), 1}, {step("slow", 1e9, 1, 0), 2}, {step("slow", 1e9, 1, 10), 10}});
  CHECK(*roof.seconds(step("slow", 1e9, 1, 0)) == doctest::Approx(2).epsilon(0.01));
  CHECK(*roof.seconds(step("slow", 1e9, 1, 10)) == doctest::Approx(10).epsilon(0.01));
  CHECK(*roof.seconds(step("slow", 1e9, 1, 5)) == doctest::Approx(std::sqrt(20)));
  CHECK(*roof.seconds(step("slow", 1e9, 1, 2)) < 3);
}

TEST_CASE("roofline: what cannot be learnt from is refused") {
  CHECK_THROWS_AS(Roofline({}), Error);
  CHECK_THROWS_AS(Roofline({{step("copy", 0, 1, 0), 1}}), Error);
  CHECK_THROWS_AS(Roofline({{step("product", 1, 1, 0), 0}}), Error);
}

TEST_CASE("rates file: what was timed comes back, the least of the same, each machine's for itself") {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "graft" / "rates.tsv";
  CHECK(read_rates(path, "mine").empty());
  const StepSize size{.kind = "conv_forward 1x1", .flops = 1.5e9, .bytes = 2e6, .place = {17.25, 5, 6, 0}};
  add_rates(path, "mine", {{size, 0.5}, {step("add", 0, 100, 7), 0.25}, {size, 0.125}, {size, 1}});
  add_rates(path, "yours", {{size, 3}});
  const std::vector<TimedStep> mine = read_rates(path, "mine");
  REQUIRE(mine.size() == 2);
  CHECK(mine[0].size.kind == "add");
  CHECK(mine[1].size.kind == size.kind);
  CHECK(mine[1].size.flops == size.flops);
  CHECK(mine[1].size.bytes == size.bytes);
  CHECK(mine[1].size.place == size.place);
  CHECK(mine[1].seconds == 0.125);
  CHECK(read_rates(path, "yours").size() == 1);
}

TEST_CASE("rates file: what is no timed step is named") {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "rates.tsv";
  for (const char* line : {"conv\t1", "conv; 1 2 3 4 5\t1", "conv; 1 2 3 4 5 x\t1", "conv; 1 2 3 4 5 6\tfast",
                           "conv; 1 2 3 4 5 6\t0", "conv; 1 0 3 4 5 6\t1", "conv; -1 2 3 4 5 6\t1", "\t"}) {
    CAPTURE(line);
    folder.write("rates.tsv", "graft rates 1\nmine\t" + std::string(line) + "\n");
    CHECK_THROWS_WITH_AS(read_rates(path, "mine"), doctest::Contains("rates.tsv"), Error);
    CHECK_THROWS_WITH_AS(read_rates(path, "mine"), doctest::Contains("delete it"), Error);
  }
}

// Else that network's prediction would have a hole in it.
TEST_CASE("probes: every kind of step of every network is among the timed ones") {
  DeviceChoice cpu;
  cpu.device = "cpu";
  const auto kinds_of = [&](const ModelData& model, const char* point, std::set<std::string>& kinds) {
    const ModelData frozen = at_point(model, point);
    const PlannedNetwork network(frozen, cpu, {.batch = 1, .training = true});
    const std::unique_ptr<Plan> plan = network.session().plan(network.request());
    for (const auto& one : plan->steps()) kinds.insert(size_of_step(*plan, *one).kind);
  };
  std::set<std::string> known;
  for (const ModelData& probe : probe_networks())
    for (const char* point : {"head", "all"}) kinds_of(probe, point, known);
  for (const char* arch : {"squeezenet1_1", "resnet18", "resnet50", "mobilenet_v1_0.25", "mobilenet_v2",
                           "efficientnet_lite0", "mobilenet_v3_small", "efficientnet_b0", "vgg11_bn"}) {
    CAPTURE(arch);
    ModelData model = describe(find_architecture(arch), 10);
    initialise_from_scratch(model, 0);
    std::set<std::string> kinds;
    for (const char* point : {"head", "last:1", "all"}) kinds_of(model, point, kinds);
    for (const std::string& kind : kinds) {
      CAPTURE(kind);
      CHECK(known.contains(kind));
    }
  }
}

}  // namespace
}  // namespace graft
