#include "transfer/cost/roofline.h"

#include <algorithm>
#include <cmath>

#include "engine/check.h"

namespace graft {

namespace {

// Squared distance in doublings at which a timed step counts half as much as one of the same size.
constexpr double near = 0.1;

double squared_distance(const StepSize& a, const StepSize& b) {
  double sum = 0;
  for (size_t i = 0; i < a.place.size(); ++i) sum += (a.place[i] - b.place[i]) * (a.place[i] - b.place[i]);
  return sum;
}

}  // namespace

Roofline::Roofline(std::vector<TimedStep> timed) : timed_(std::move(timed)) {
  for (const TimedStep& step : timed_) {
    GRAFT_CHECK(step.seconds > 0 && step.size.bytes > 0, call, "a timed ", step.size.kind,
                " has no time or no bytes");
    peak_flops_ = std::max(peak_flops_, step.size.flops / step.seconds);
    peak_bytes_ = std::max(peak_bytes_, step.size.bytes / step.seconds);
  }
  GRAFT_CHECK(peak_flops_ > 0, call, "none of the timed steps has arithmetic");
}

double Roofline::least_seconds(const StepSize& step) const {
  return std::max(step.flops / peak_flops_, step.bytes / peak_bytes_);
}

std::optional<double> Roofline::seconds(const StepSize& step) const {
  double logs = 0, weights = 0;
  for (const TimedStep& known : timed_) {
    if (known.size.kind != step.kind) continue;
    const double distance = squared_distance(known.size, step);
    const double weight = 1 / ((near + distance) * (near + distance));
    logs += weight * std::log(known.seconds / least_seconds(known.size));
    weights += weight;
  }
  if (weights == 0) return std::nullopt;
  return least_seconds(step) * std::exp(logs / weights);
}

}  // namespace graft
