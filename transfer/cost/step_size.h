#pragma once

#include <array>
#include <string>

#include "engine/plan.h"

namespace graft {

// What a step's time is predicted from.
struct StepSize {
  std::string kind;  // op, and what of its problem decides how it is computed: "conv_forward depthwise"
  double flops = 0;
  double bytes = 0;  // of its operands, each once
  // Logarithms to base 2, so that steps of a kind lie near each other where they are alike: rows (pixels of
  // the batch), inputs, outputs, taps of a filter. Steps of memory only have their bytes as rows.
  std::array<double, 4> place{};
};

StepSize size_of_step(const Plan& plan, const Step& step);
// Bringing a batch to where the plan reads it, as if it were a step.
StepSize size_of_input(const Plan& plan);

}  // namespace graft
