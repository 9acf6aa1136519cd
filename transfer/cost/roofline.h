#pragma once

#include <optional>
#include <vector>

#include "transfer/cost/step_size.h"

namespace graft {

// A step and how long it took.
struct TimedStep {
  StepSize size;
  double seconds = 0;
};

// Williams, Waterman and Patterson 2009 (doi:10.1145/1498765.1498785): a step takes at least as long as its
// arithmetic at the machine's peak rate, and as its bytes at the peak bandwidth. How much longer it takes
// depends on its kind and size and is learnt from steps that were timed: the mean over those of its kind, the
// nearer in size the heavier.
class Roofline {
 public:
  // The peaks are the best rates among the steps; at least one of them must have arithmetic.
  explicit Roofline(std::vector<TimedStep> timed);

  // Nothing where no step of that kind was timed.
  std::optional<double> seconds(const StepSize& step) const;

  double peak_flops() const { return peak_flops_; }  // a second
  double peak_bytes() const { return peak_bytes_; }  // a second

 private:
  double least_seconds(const StepSize& step) const;

  std::vector<TimedStep> timed_;
  double peak_flops_ = 0, peak_bytes_ = 0;
};

}  // namespace graft
