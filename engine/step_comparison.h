#pragma once

#include "engine/executor.h"
#include "engine/value_difference.h"

namespace graft {

// One tensor that a step wrote, on both sides.
struct StepComparison {
  int step;
  ValueId value;
  ValueDifference difference;
  double bound;  // of difference.nmse

  // No single element may hide in the energy of millions: each stays within the bound's root, times the
  // largest value, times what the furthest of so many rounding errors may be off beyond their mean.
  static constexpr double furthest = 8;
  bool within() const;
};

bool same_steps(const Plan& a, const Plan& b);
// Error{call} naming the first step in which the plans are not the same.
void check_same_steps(const Plan& a, const Plan& b);

// Runs two plans of the same steps, their inputs already in place, in turn step by step. Behind each step
// what `a` computed takes the place of what `b` did, so that every difference is the step's own and none is
// an earlier one's. The optimizer's steps are left out.
std::vector<StepComparison> compare_steps(Executor& a, Executor& b);

}  // namespace graft
