#include "kernels/map.h"
#include "kernels/optimizer/optimizer_kernels.h"

namespace graft::GRAFT_TARGET {
namespace {

// Bound by memory: 12 bytes an element. The state is read on the device, so that a recorded step may be
// replayed.
struct MoveAverage {
  const StepState* state;
  float decay;

  GRAFT_DEVICE float operator()(float average, float value) const {
    const float steps = static_cast<float>(state->step);
    const float early = (1 + steps) / (10 + steps);
    return average + (1 - (early < decay ? early : decay)) * (value - average);
  }
};

}  // namespace

void average_simt(const AverageProblem& p, const ParameterAverage::Args& args, const RunContext& context) {
  float* average = floats(args.average);
  launch_map("average_simt", MoveAverage{context.state, static_cast<float>(p.decay)}, average, p.count,
             context.stream, static_cast<const float*>(average),
             static_cast<const float*>(floats(args.values)));
}

}  // namespace graft::GRAFT_TARGET
