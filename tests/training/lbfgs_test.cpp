#include "transfer/training/lbfgs.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <stdexcept>

#include "engine/error.h"

namespace graft::test {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// sum_i scale_i (x_i - i)^2 / 2
SmoothFunction separable(std::vector<double> scales) {
  return [scales](std::span<const double> x, std::span<double> gradient) {
    double value = 0;
    for (size_t i = 0; i < x.size(); ++i) {
      const double off = x[i] - static_cast<double>(i);
      value += 0.5 * scales[i] * off * off;
      gradient[i] = scales[i] * off;
    }
    return value;
  };
}

// Rosenbrock 1960, in chains of two: minimum 0 at all ones.
double rosenbrock(std::span<const double> x, std::span<double> gradient) {
  double value = 0;
  for (size_t i = 0; i < x.size(); i += 2) {
    const double a = 1 - x[i], b = x[i + 1] - x[i] * x[i];
    value += a * a + 100 * b * b;
    gradient[i] = -2 * a - 400 * b * x[i];
    gradient[i + 1] = 200 * b;
  }
  return value;
}

void check_at(const std::vector<double>& x, double expected, double within) {
  for (size_t i = 0; i < x.size(); ++i) CHECK(std::fabs(x[i] - expected) <= within);
}

TEST_CASE("lbfgs: a quadratic's minimum, also where scales differ ten-thousandfold") {
  for (const double worst : {1.0, 1e2, 1e4}) {
    CAPTURE(worst);
    std::vector<double> scales;
    for (int i = 0; i < 50; ++i) scales.push_back(std::pow(worst, i / 49.0));
    std::vector<double> x(50, -3.0);
    const LbfgsResult result =
        minimise(separable(scales), x, {.max_iterations = 5000, .gradient_norm = 1e-9});
    CAPTURE(result.iterations);
    CHECK(result.end == LbfgsEnd::converged);
    CHECK(result.gradient_norm <= 1e-9);
    CHECK(result.iterations > 0);
    CHECK(result.evaluations > result.iterations);
    for (size_t i = 0; i < x.size(); ++i) CHECK(std::fabs(x[i] - static_cast<double>(i)) <= 1e-8);
  }
}

TEST_CASE("lbfgs: Rosenbrock's valley in two and in a hundred dimensions") {
  for (const size_t size : {2, 100}) {
    CAPTURE(size);
    std::vector<double> x;
    for (size_t i = 0; i < size; i += 2) x.insert(x.end(), {-1.2 + 0.01 * static_cast<double>(i), 1.0});
    double last = infinity;
    const LbfgsResult result = minimise(rosenbrock, x, {.gradient_norm = 1e-10}, [&](const LbfgsResult& now) {
      CHECK(now.value < last);  // every step goes down
      last = now.value;
    });
    CHECK(result.end == LbfgsEnd::converged);
    CHECK(result.value == last);
    CHECK(result.iterations < 500);
    check_at(x, 1, 1e-9);
  }
}

TEST_CASE("lbfgs: the same bits each time") {
  std::vector<double> first{-1.2, 1}, second{-1.2, 1};
  minimise(rosenbrock, first);
  minimise(rosenbrock, second);
  CHECK(first == second);
}

TEST_CASE("lbfgs: a trial step to where the function is infinite or NaN is taken back") {
  for (const double outside : {infinity, std::numeric_limits<double>::quiet_NaN(), -infinity}) {
    CAPTURE(outside);
    int too_far = 0;
    // x - log x, defined for x > 0: minimum at 1. From far out the steps are long.
    const auto barrier = [&](std::span<const double> at, std::span<double> gradient) {
      const bool inside = at[0] > 0;
      too_far += !inside;
      gradient[0] = inside ? 1 - 1 / at[0] : outside;
      return inside ? at[0] - std::log(at[0]) : outside;
    };
    std::vector<double> x{60};
    const LbfgsResult result = minimise(barrier, x, {.gradient_norm = 1e-10});
    CHECK(result.end == LbfgsEnd::converged);
    CHECK(std::fabs(x[0] - 1) <= 1e-9);
    CHECK(too_far > 0);
  }
}

TEST_CASE("lbfgs: says why it ends") {
  std::vector<double> x{-1.2, 1};
  const LbfgsResult cut = minimise(rosenbrock, x, {.max_iterations = 3});
  CHECK(cut.end == LbfgsEnd::iteration_limit);
  CHECK(cut.iterations == 3);

  x = {1, 1};
  const LbfgsResult there = minimise(rosenbrock, x);
  CHECK(there.end == LbfgsEnd::converged);
  CHECK(there.iterations == 0);
  CHECK(there.evaluations == 1);

  const auto wrong_gradient = [](std::span<const double> at, std::span<double> gradient) {
    gradient[0] = -2 * at[0];
    return at[0] * at[0];
  };
  x = {1};
  const LbfgsResult stuck = minimise(wrong_gradient, x);
  CHECK(stuck.end == LbfgsEnd::no_decrease);
  CHECK(x[0] == 1);
}

TEST_CASE("lbfgs: a start that is not finite is refused, and a callback's exception ends the search") {
  const auto nowhere = [](std::span<const double>, std::span<double> gradient) {
    gradient[0] = 0;
    return std::nan("");
  };
  std::vector<double> x{1};
  CHECK_THROWS_AS(minimise(nowhere, x), Error);
  x = {-1.2, 1};
  CHECK_THROWS_AS(minimise(rosenbrock, x, {}, [](const LbfgsResult&) { throw std::runtime_error("stop"); }),
                  std::runtime_error);
}

}  // namespace
}  // namespace graft::test
