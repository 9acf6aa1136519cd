#pragma once

#include <cstdint>

namespace graft {

// All that changes from one training step to the next. It lives in device memory, so that a step's launches
// never change.
struct StepState {
  uint64_t seed = 0;
  uint64_t step = 0;         // optimizer steps done before this one
  double learning_rate = 0;  // of this step, before a parameter's own multiplier
  double clip_factor = 1;    // written by the gradient norm, read by the optimizer
  double gradient_norm = 0;  // before clipping
};

}  // namespace graft
