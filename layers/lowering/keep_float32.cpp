#include "layers/lowering/keep_float32.h"

#include <algorithm>

#include "kernels/conv/conv.h"
#include "layers/lowering/widen.h"

namespace graft {

namespace {

using Convolution = OpStep<ConvForward>;
using Args = ConvForward::Args;

class KeepFloat32 {
 public:
  KeepFloat32(Plan& plan, const DeviceProperties& device, const ChoiceOptions& options)
      : plan_(plan), device_(device), options_(options) {}

  void run() {
    Convolution* first = nullptr;
    for (const auto& step : plan_.steps()) {
      auto* convolution = dynamic_cast<Convolution*>(step.get());
      if (!convolution || convolution->problem().dtype != DType::bfloat16) continue;
      const bool depthwise = convolution->problem().depthwise();
      if (depthwise) keep_filters(*convolution);
      if (depthwise && first && convolution->value(&Args::x) == first->value(&Args::y))
        keep_between(*first, *convolution);
      if (!first) first = convolution;
    }
  }

 private:
  // Gives the step the problem where the device serves it.
  bool take(Convolution& step, const ConvProblem& problem) {
    const ConvProblem before = step.problem();
    step.set_problem(problem);
    if (step.is_served(device_, options_)) return true;
    step.set_problem(before);
    return false;
  }

  // Constant ones: a copy for this step, because the backward pass may read the rounded one.
  void keep_filters(Convolution& step) {
    const ValueId w = step.value(&Args::w);
    ConvProblem problem = step.problem();
    problem.wide_w = true;
    if (plan_.value(w).storage != Storage::constant || !take(step, problem)) return;
    const ValueId kept = wide_constant(plan_, w);
    step.replace([&](ValueId id, Access) { return id == w ? kept : id; });
  }

  void keep_between(Convolution& first, Convolution& second) {
    const ValueId between = first.value(&Args::y);
    if (plan_.value(between).part_of != no_value || readers(between) > 1) return;
    const ConvProblem before = second.problem();
    ConvProblem writes = first.problem(), reads = before;
    writes.wide_y = reads.wide_x = true;
    if (!take(second, reads)) return;
    // One that the device has in float32 only will write that anyway.
    if (first.is_served(device_, options_) && !take(first, writes)) return second.set_problem(before);
    plan_.value(between).dtype = DType::float32;
  }

  // Whoever sees the value, under any name.
  int64_t readers(ValueId value) const {
    const auto sees = [&](ValueId id) { return plan_.root(id) == plan_.root(value); };
    int64_t count = std::ranges::count_if(plan_.outputs, sees);
    for (const auto& step : plan_.steps()) count += std::ranges::count_if(step->reads(), sees);
    return count;
  }

  Plan& plan_;
  const DeviceProperties& device_;
  const ChoiceOptions& options_;
};

}  // namespace

void keep_float32(Plan& plan, const DeviceProperties& device, const ChoiceOptions& options) {
  KeepFloat32(plan, device, options).run();
}

}  // namespace graft
