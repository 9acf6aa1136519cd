#pragma once

#include <vector>

#include "engine/executor.h"

namespace graft {

// Seconds by the device's own clock.
struct StepTimes {
  // By run: the start of the first step, then the end of each in the plan's order, counted from the first
  // run's start.
  std::vector<std::vector<double>> marks;
  std::vector<int> order;     // of the plan
  std::vector<double> whole;  // by run: the plan as it runs when nobody looks, recorded where the device can

  // By step: the seconds of all its turns.
  std::vector<double> steps(size_t run) const;
  double marked(size_t run) const { return marks[run].back() - marks[run].front(); }
};

// Times a plan whose inputs are in place and which has run before. Marked and plain runs take turns, so that
// what slows the machine down slows both.
StepTimes time_steps(Device& device, Executor& executor, int runs);

// Bytes of all that a step reads and writes in a run of the plan: in each of its turns, each counted once.
size_t operand_bytes(const Executor& executor, const Step& step);

}  // namespace graft
