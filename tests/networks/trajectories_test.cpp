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

struct Worst {
  double exact = 0, single = 0;
};

// Five steps in float64 and, beside them, in float32.
void check(const TrajectoryReference& trajectory) {
  const auto reference = network_reference(trajectory.arch);
  REQUIRE(reference.has_value());
  TestNetwork network(find_architecture(trajectory.arch), *reference);
  const auto float64 = open_device("float64"), cpu = open_device("cpu");
  Trainer exact(*float64, network, trajectory), single(*cpu, network, trajectory);
  KinkTape::Counts counts;
  Worst worst;
  REQUIRE(trajectory.losses.size() == 5);
  for (const double expected : trajectory.losses) {
    KinkTape tape;
    const double exact_error = std::abs(exact.step(tape.recorder()) / expected - 1);
    const double single_error = std::abs(single.step(tape.repairer(counts)) / expected - 1);
    CHECK(exact_error <= 1e-6);
    CHECK(single_error <= float32_bound);
    worst = {std::max(worst.exact, exact_error), std::max(worst.single, single_error)};
  }
  // AdamW moves weights of vanishing gradient by its sign alone: activations differ by more than rounding.
  CHECK(counts.repaired <= counts.elements / 10000);
  CHECK(counts.largest_change <= 1e-3);
  MESSAGE(trajectory.arch, " ", trajectory.point, " ", trajectory.optimizer, ": float64 ", worst.exact,
          ", float32 ", worst.single, " (PyTorch ", trajectory.float32_relative_error, "), ", counts.repaired,
          " of ", counts.elements, " activations put back");
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
