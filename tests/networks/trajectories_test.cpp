#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "engine/check.h"
#include "networks/kink_tape.h"
#include "networks/trainer_fixture.h"

namespace graft::test {
namespace {

// PyTorch's own float32 strays up to 2 % from its float64 here, because gradients jump at kinks and the steps
// amplify that. With such activations put back on the exact side all losses agree to this.
constexpr double float32_bound = 1e-4;

// Five steps in float64, and beside them in float32 on the cpu and on every device that runs our kernels.
struct Single {
  Single(std::unique_ptr<Device> on, TestNetwork& network, const TrajectoryReference& trajectory)
      : device(std::move(on)), trainer(*device, network, trajectory) {}
  std::unique_ptr<Device> device;
  Trainer trainer;
  KinkTape::Counts counts;
  double worst = 0;
};

void check(const TrajectoryReference& trajectory) {
  const auto reference = network_reference(trajectory.arch);
  REQUIRE(reference.has_value());
  TestNetwork network(find_architecture(trajectory.arch), *reference);
  const auto float64 = open_device("float64");
  Trainer exact(*float64, network, trajectory);
  std::vector<std::unique_ptr<Single>> singles;
  singles.push_back(std::make_unique<Single>(open_device("cpu"), network, trajectory));
  for (auto& device : kernel_devices())
    singles.push_back(std::make_unique<Single>(std::move(device), network, trajectory));

  double exact_worst = 0;
  REQUIRE(trajectory.losses.size() == 5);
  for (const double expected : trajectory.losses) {
    KinkTape tape;
    exact_worst = std::max(exact_worst, std::abs(exact.step(tape.recorder()) / expected - 1));
    for (const auto& single : singles) {
      const double loss = single->trainer.step(tape.repairer(*single->device, single->counts));
      single->worst = std::max(single->worst, std::abs(loss / expected - 1));
    }
  }
  CHECK(exact_worst <= 1e-6);
  for (const auto& single : singles) {
    const std::string device = single->device->properties().name;
    CAPTURE(device);
    CHECK(single->worst <= float32_bound);
    // AdamW moves weights of vanishing gradient by its sign alone: activations differ by more than rounding.
    CHECK(single->counts.repaired <= single->counts.elements / 10000);
    CHECK(single->counts.largest_change <= 1e-3);
    MESSAGE(trajectory.arch, " ", trajectory.point, " ", trajectory.optimizer, ": float64 ", exact_worst,
            ", ", device, " ", single->worst, " (PyTorch ", trajectory.float32_relative_error, "), ",
            single->counts.repaired, " of ", single->counts.elements, " activations put back");
  }
}

TEST_CASE("networks: optimizer steps follow the reference trajectories") {
  const std::vector<TrajectoryReference> references = trajectory_references();
  REQUIRE(references.size() == 24);
  for (const TrajectoryReference& trajectory : references) {
    CAPTURE(trajectory.arch);
    CAPTURE(trajectory.point);
    CAPTURE(trajectory.optimizer);
    check(trajectory);
  }
}

}  // namespace
}  // namespace graft::test
