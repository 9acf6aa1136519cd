#include "transfer/cost/freeze_cost.h"

#include <doctest/doctest.h>

#include <map>

#include "engine/check.h"
#include "transfer/cost/measured_device.h"
#include "transfer/cost/pace_probe.h"
#include "transfer/cost/points.h"
#include "transfer/model/freeze.h"
#include "transfer/model/head.h"
#include "transfer/model/recognise.h"
#include "transfer/training/clock.h"

namespace graft {
namespace {

ModelData network(const char* arch) {
  ModelData model = describe(find_architecture(arch), 10);
  initialise_from_scratch(model, 0);
  model.image_size = 64;
  return model;
}

DeviceChoice cpu() {
  DeviceChoice choice;
  choice.device = "cpu";
  choice.threads = 2;
  return choice;
}

Calibration any_calibration() { return {Roofline({{{.kind = "none", .flops = 1, .bytes = 1}, 1}}), 1}; }

TEST_CASE("cost: the points of a short network are all there are, of a long one every other power") {
  using Points = std::vector<std::string>;
  CHECK(default_points(describe(find_architecture("resnet18"), 10)) ==
        Points{"head", "last:1", "last:2", "last:3", "last:4", "all"});
  CHECK(default_points(describe(find_architecture("mobilenet_v2"), 10)) ==
        Points{"head", "last:1", "last:2", "last:4", "last:8", "last:16", "all"});
}

TEST_CASE("cost: the device that is measured says what it is") {
  const MeasuredDevice device = describe_device(cpu());
  CHECK(device.name == "cpu");
  CHECK(device.threads == 2);
  CHECK(device.hardware.find("2 threads") != std::string::npos);
  DeviceChoice unknown;
  unknown.device = "abacus";
  CHECK_THROWS_AS(describe_device(unknown), Error);
}

TEST_CASE("cost: what is no point of the network is refused before any work") {
  const ModelData model = network("resnet18");
  for (const char* wrong : {"", "heads", "last:0", "last:6", "last:", "layer4"}) {
    CAPTURE(wrong);
    const CostOptions options{.device = cpu(), .points = {"head", wrong}};
    const auto never = [](const std::string&) { FAIL("a point was begun"); };
    CHECK_THROWS_WITH_AS(freeze_costs(model, options, any_calibration(), never), doctest::Contains(wrong),
                         Error);
  }
}

TEST_CASE("cost: a plan's bytes are those of the plan made ready, for each point") {
  const ModelData model = network("squeezenet1_1");
  for (const char* point : {"head", "last:2", "all"}) {
    CAPTURE(point);
    const ModelData frozen = at_point(model, point);
    const PlannedNetwork planned(frozen, cpu(), {.batch = 3, .training = true});
    const PlanBytes bytes = planned.session().bytes_for(*planned.session().plan(planned.request()));
    const Executor& executor = planned.executor();
    CHECK(bytes.arena == executor.memory().arena_bytes);
    CHECK(bytes.saved == executor.memory().saved_bytes);
    CHECK(bytes.scratch == executor.scratch_bytes());
    CHECK(bytes.constants >= executor.constant_bytes());
    CHECK(bytes.constants <= executor.constant_bytes() + arena_alignment * executor.plan().steps().size());
  }
}

TEST_CASE("cost: more that trains costs more, and is measured each for itself") {
  const CostOptions options{.device = cpu(), .batch = 4, .runs = 3, .points = {"all", "head", "last:2"}};
  std::vector<std::string> begun;
  const ModelData model = network("squeezenet1_1");
  const FreezeCosts costs = freeze_costs(model, options, any_calibration(),
                                         [&](const std::string& point) { begun.push_back(point); });
  CHECK(begun == options.points);
  REQUIRE(costs.points.size() == 3);
  std::map<std::string, PointCost> by_point;
  for (const PointCost& cost : costs.points) by_point[cost.point] = cost;
  const PointCost &head = by_point["head"], &last = by_point["last:2"], &all = by_point["all"];
  for (auto figure : {&PlannedCost::peak_bytes, &PlannedCost::saved_bytes}) {
    CHECK(head.planned.*figure < last.planned.*figure);
    CHECK(last.planned.*figure < all.planned.*figure);
  }
  CHECK(all.planned.saved_bytes == costs.saved_bytes_of_all);
  CHECK(all.planned.trainable_parameters == total_parameters(model));
  // Behind all but the first convolution the input's gradient is wanted: at most three products in place of
  // one.
  CHECK(all.planned.flops_per_image > 2 * head.planned.flops_per_image);
  CHECK(all.planned.flops_per_image < 3 * head.planned.flops_per_image);
  for (const PointCost& cost : costs.points) {
    CAPTURE(cost.point);
    CHECK(cost.failure.empty());
    CHECK_FALSE(cost.planned.seconds);  // no step is of the kind that was timed
    REQUIRE(cost.measured);
    CHECK(cost.measured->seconds.runs == 3);
    CHECK(cost.measured->seconds.min > 0);
    CHECK(cost.measured->seconds.min <= cost.measured->seconds.median);
    CHECK(cost.measured->seconds.median <= cost.measured->seconds.max);
    CHECK(cost.measured->peak_bytes > cost.planned.saved_bytes);
    CHECK(cost.measured->cached_seconds.has_value() == (cost.point != "all"));
  }
  // `all` ran first: its memory must not be found again in the others.
  CHECK(head.measured->peak_bytes < all.measured->peak_bytes);
}

// Every step of the network's plan takes a second.
Roofline second_a_step(const ModelData& model, int64_t batch) {
  const PlannedNetwork network(model, cpu(), {.batch = batch, .training = true});
  const Plan& plan = network.executor().plan();
  std::vector<TimedStep> timed{{size_of_input(plan), 1}};
  for (const auto& one : plan.steps()) timed.push_back({size_of_step(plan, *one), 1});
  return Roofline(std::move(timed));
}

TEST_CASE("cost: predicted seconds are the roofline's at the pace seen beside the measured steps") {
  const ModelData model = at_point(network("squeezenet1_1"), "head");
  const CostOptions options{.device = cpu(), .batch = 1, .runs = 2, .points = {"head"}};
  const Calibration calibration{second_a_step(model, 1), 0.5};
  const FreezeCosts costs = freeze_costs(model, options, calibration, [](const std::string&) {});
  REQUIRE(costs.points.size() == 1);
  const PointCost& cost = costs.points[0];
  REQUIRE(cost.measured);
  REQUIRE(cost.pace);
  CHECK(cost.measured->probe_seconds > 0);
  CHECK(*cost.pace == cost.measured->probe_seconds / 0.5);
  const PlannedCost planned = plan_cost(model, cpu(), 1, calibration.roofline);
  REQUIRE(planned.seconds);
  CHECK(*planned.seconds > 0);
  CHECK(*cost.planned.seconds == doctest::Approx(*planned.seconds * *cost.pace));
}

TEST_CASE("pace: a run is told in probes by those beside it, whatever the machine did at other times") {
  // As fast as the probes in front and behind say: three probes a run, but for one that was disturbed itself.
  CHECK(runs_in_probes({3, 6, 9, 100}, {1, 1, 3, 3, 3}) == doctest::Approx(3));
  CHECK_THROWS_AS(runs_in_probes({}, {1}), Error);
  CHECK_THROWS_AS(runs_in_probes({1, 2}, {1, 1}), Error);
}

TEST_CASE("pace: the probe's time is that of a run, however many fill what is asked for") {
  PaceProbe probe(cpu());
  const double one = probe.seconds();
  CHECK(one > 0);
  const double began = now(), of_many = probe.seconds(3 * one), passed = now() - began;
  CHECK(passed >= 3 * one);
  CHECK(of_many <= passed);
}

}  // namespace
}  // namespace graft
