#pragma once

#include <functional>
#include <optional>

namespace graft {

// A function along a line: how far along, the value and the slope there.
struct LinePoint {
  double step, value, slope;
};

using LineFunction = std::function<LinePoint(double step)>;

// A step that fulfils the strong Wolfe conditions (sufficient decrease 1e-4, curvature 0.9), by
// algorithms 3.5 and 3.6 of Nocedal and Wright, "Numerical Optimization" (2006). `start` is at step 0 and
// falls. A value or slope that is not finite is a step that went too far. The point returned is the last that
// was evaluated. Where rounding hides the curvature condition, the lowest point found; nothing where none
// lies below the start.
std::optional<LinePoint> strong_wolfe_step(const LineFunction& at, const LinePoint& start, double first_step);

}  // namespace graft
