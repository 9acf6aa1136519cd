#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace graft {

enum class ScheduleKind {
  cosine,  // falls from 1 towards 0 along half a cosine (Loshchilov and Hutter, "SGDR", ICLR 2017, one cycle)
  step,    // 1, then 0.1 from a third of the steps, then 0.01 from two thirds
  constant,  // 1
};

struct Schedule {
  ScheduleKind kind = ScheduleKind::cosine;
  // The fraction of all steps over which the rate first rises linearly (Goyal et al., "Accurate, Large
  // Minibatch SGD", 2017). Rounded to whole steps, at least one where it is not zero. In [0, 1).
  double warmup = 0;
};

// What the base learning rate is multiplied by at `step`, counted from 0. In (0, 1]: no step is wasted on a
// rate of zero. The first step after the warm-up has 1. Error(call) unless 0 <= step < total_steps and 0 <=
// warmup < 1.
double learning_rate_factor(const Schedule&, int64_t step, int64_t total_steps);

// "cosine", "step" or "constant"; anything else is Error(call) naming --schedule.
ScheduleKind schedule_kind(std::string_view name);
std::string schedule_name(ScheduleKind);

}  // namespace graft
