#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "engine/check.h"
#include "networks/trainer_fixture.h"

namespace graft::test {
namespace {

// Where PyTorch's own float32 is further than this from its float64, only the first two losses mean anything.
constexpr double meaningful = 0.01;

double worst_error(const std::vector<double>& losses, const TrajectoryReference& trajectory) {
  double worst = 0;
  for (size_t i = 0; i < losses.size(); ++i)
    worst = std::max(worst, std::abs(losses[i] / trajectory.losses.at(i) - 1));
  return worst;
}

std::vector<TrajectoryReference> references() {
  std::vector<TrajectoryReference> list = trajectory_references();
  REQUIRE(list.size() == 24);
  return list;
}

TestNetwork network_of(const TrajectoryReference& trajectory) {
  const auto reference = network_reference(trajectory.arch);
  REQUIRE(reference.has_value());
  return TestNetwork(find_architecture(trajectory.arch), *reference);
}

void check(const char* device_name, const TrajectoryReference& trajectory, size_t steps, double bound) {
  TestNetwork network = network_of(trajectory);
  const auto device = open_device(device_name);
  const std::vector<double> losses = train_losses(*device, network, trajectory, steps);
  REQUIRE(losses.size() == steps);
  for (size_t i = 0; i < steps; ++i) {
    CAPTURE(i);
    CHECK(std::abs(losses[i] - trajectory.losses.at(i)) <= bound * trajectory.losses.at(i));
  }
  MESSAGE(trajectory.arch, " ", trajectory.point, " ", trajectory.optimizer, " ", device_name, ": ",
          worst_error(losses, trajectory));
}

TEST_CASE("networks: optimizer steps in float64 follow the reference trajectories") {
  for (const TrajectoryReference& trajectory : references()) {
    CAPTURE(trajectory.arch);
    CAPTURE(trajectory.point);
    CAPTURE(trajectory.optimizer);
    check("float64", trajectory, trajectory.losses.size(), 1e-6);
  }
}

TEST_CASE("networks: optimizer steps in float32 stay as near as PyTorch's own float32 does") {
  for (const TrajectoryReference& trajectory : references()) {
    CAPTURE(trajectory.arch);
    CAPTURE(trajectory.point);
    CAPTURE(trajectory.optimizer);
    const bool all_steps = trajectory.float32_relative_error <= meaningful;
    // Of the first two losses one update lies between: the noise of one pass, not yet amplified.
    const double bound = all_steps ? 10 * trajectory.float32_relative_error + 1e-5 : 1e-3;
    check("cpu", trajectory, all_steps ? trajectory.losses.size() : 2, bound);
  }
}

}  // namespace
}  // namespace graft::test
