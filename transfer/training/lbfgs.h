#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace graft {

// The value at x; assigns the gradient there. Either may be infinite or NaN where x lies too far out, but not
// at the start.
using SmoothFunction = std::function<double(std::span<const double> x, std::span<double> gradient)>;

struct LbfgsOptions {
  int pairs = 10;               // steps whose curvature is remembered
  int max_iterations = 1000;    // line searches
  double gradient_norm = 1e-6;  // ends where the gradient's Euclidean norm is not larger
};

enum class LbfgsEnd : uint8_t {
  converged,
  iteration_limit,
  no_decrease,  // no step lowers the value: what is left is rounding, or the gradient is wrong
};

struct LbfgsResult {
  LbfgsEnd end = LbfgsEnd::iteration_limit;
  int iterations = 0, evaluations = 0;
  double value = 0, gradient_norm = 0;
};

// Moves x to a minimum of f. Liu and Nocedal, "On the limited memory BFGS method for large scale
// optimization" (1989); algorithms 7.4 and 7.5 of Nocedal and Wright. `iterated` is told after each step;
// what it throws ends the search.
LbfgsResult minimise(const SmoothFunction& f, std::vector<double>& x, const LbfgsOptions& options = {},
                     const std::function<void(const LbfgsResult&)>& iterated = nullptr);

}  // namespace graft
