#include "transfer/training/line_search.h"

#include <algorithm>
#include <cmath>

namespace graft {

namespace {

constexpr double decrease = 1e-4, curvature = 0.9;  // c1 and c2, as usual for quasi-Newton directions
constexpr int most_extensions = 20, most_sections = 40;

bool falls_enough(const LinePoint& start, const LinePoint& p) {
  return std::isfinite(p.value) && std::isfinite(p.slope) &&
         p.value <= start.value + decrease * p.step * start.slope;
}

bool flat_enough(const LinePoint& start, const LinePoint& p) {
  return std::fabs(p.slope) <= -curvature * start.slope;
}

// The minimum of the cubic through both points and slopes (equation 3.59), kept off the ends; the middle
// where there is none.
double between(const LinePoint& a, const LinePoint& b) {
  const double width = b.step - a.step;
  const double d1 = a.slope + b.slope - 3 * (a.value - b.value) / (a.step - b.step);
  const double d2 = std::copysign(std::sqrt(d1 * d1 - a.slope * b.slope), width);
  const double share = 1 - (b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2);
  return a.step + width * (std::isfinite(share) ? std::clamp(share, 0.1, 0.9) : 0.5);
}

// Where the slope would vanish if it went on changing as between the two points: two to ten times as far as
// p.
double beyond(const LinePoint& before, const LinePoint& p) {
  const double vanishes = p.step - p.slope * (p.step - before.step) / (p.slope - before.slope);
  return vanishes > p.step ? std::clamp(vanishes, 2 * p.step, 10 * p.step) : 10 * p.step;
}

// `low` is the lowest point so far that falls enough, and falls towards `high`.
std::optional<LinePoint> zoom(const LineFunction& at, const LinePoint& start, LinePoint low, LinePoint high) {
  for (int i = 0; i < most_sections; ++i) {
    const double step = between(low, high);
    if (step == low.step || step == high.step) break;
    const LinePoint p = at(step);
    if (!falls_enough(start, p) || p.value >= low.value) {
      high = p;
      continue;
    }
    if (flat_enough(start, p)) return p;
    if (p.slope * (high.step - low.step) >= 0) high = low;
    low = p;
  }
  if (low.value < start.value) return at(low.step);
  return std::nullopt;
}

}  // namespace

std::optional<LinePoint> strong_wolfe_step(const LineFunction& at, const LinePoint& start,
                                           double first_step) {
  LinePoint before = start;
  double step = first_step;
  for (int i = 0; i < most_extensions; ++i) {
    const LinePoint p = at(step);
    if (!falls_enough(start, p) || (i > 0 && p.value >= before.value)) return zoom(at, start, before, p);
    if (flat_enough(start, p)) return p;
    if (p.slope >= 0) return zoom(at, start, p, before);
    step = beyond(before, p);
    before = p;
  }
  return before;
}

}  // namespace graft
