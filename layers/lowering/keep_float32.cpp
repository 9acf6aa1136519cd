#include "layers/lowering/keep_float32.h"

#include <algorithm>

#include "kernels/conv/conv.h"

namespace graft {

namespace {

using Convolution = OpStep<ConvForward>;

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
      if (depthwise && first && convolution->reads().front() == first->writes().front())
        keep_between(*first, *convolution);
      if (!first) first = convolution;
    }
  }

 private:
  bool is_served(const ConvProblem& problem) const {
    std::string refusals;
    return first_that_accepts<ConvForward>(problem, device_, options_, refusals) != nullptr;
  }

  // Constant ones: a copy for this step, because the backward pass may read the rounded one.
  void keep_filters(Convolution& step) {
    const ValueId w = step.reads()[1];
    ConvProblem problem = step.problem();
    problem.wide_w = true;
    if (plan_.value(w).storage != Storage::constant || !is_served(problem)) return;
    Value wide = plan_.value(w);
    wide.dtype = DType::float32;
    const ValueId kept = plan_.add(std::move(wide));
    step.replace([&](ValueId id, Access) { return id == w ? kept : id; });
    step.set_problem(problem);
  }

  void keep_between(Convolution& first, Convolution& second) {
    ConvProblem writes = first.problem(), reads = second.problem();
    writes.wide_y = is_served(writes);  // else all of it will be float32
    reads.wide_x = true;
    const ValueId between = first.writes().front();
    if (plan_.value(between).part_of != no_value || readers(between) > 1) return;
    if ((writes.wide_y && !is_served(writes)) || !is_served(reads)) return;
    plan_.value(between).dtype = DType::float32;
    first.set_problem(writes);
    second.set_problem(reads);
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
