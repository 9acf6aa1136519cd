#include <doctest/doctest.h>

#include "transfer/cost/accuracy_cost.h"
#include "transfer/inspection/spread.h"

// Means, deviations and the frontier of trainings; what a share of the images is.
namespace graft::test {
namespace {

AccuracyCost training(double top1, double seconds) {
  return {.point = "head", .top1 = {top1}, .seconds = {seconds}};
}

TEST_CASE("accuracy: means and the deviation of a sample") {
  CHECK(mean({0.5}) == 0.5);
  CHECK(mean({1, 2, 6}) == 3);
  CHECK(standard_deviation({4}) == 0);
  CHECK(standard_deviation({1, 3}) == doctest::Approx(1.41421356));
  CHECK(standard_deviation({2, 4, 4, 4, 5, 5, 7, 9}) == doctest::Approx(2.13809));
}

TEST_CASE("accuracy: on the frontier is what nothing beats in both") {
  std::vector<AccuracyCost> costs{training(0.9, 1), training(0.95, 10), training(0.94, 20), training(0.95, 9),
                                  training(0.9, 1)};
  mark_frontier(costs);
  const bool expected[] = {true, false, false, true, true};
  for (size_t i = 0; i < costs.size(); ++i) CHECK(costs[i].on_frontier == expected[i]);
}

TEST_CASE("accuracy: the frontier goes by means") {
  std::vector<AccuracyCost> costs{training(0.9, 1), training(0.9, 2)};
  costs[0].top1 = {0.9, 0.8};
  costs[0].seconds = costs[1].seconds = {1, 3};
  costs[1].top1 = {0.8, 0.92};
  mark_frontier(costs);
  CHECK_FALSE(costs[0].on_frontier);
  CHECK(costs[1].on_frontier);
}

}  // namespace
}  // namespace graft::test
