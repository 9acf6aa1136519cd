#include "kernels/conv/depthwise_host.h"

#include "kernels/conv/reference.h"

namespace graft {

std::string refuse_depthwise_backward_weights(const ConvProblem& problem, const DeviceProperties& device) {
  if (!problem.depthwise()) return "the convolution is not depthwise";
  return refuse_other_types<ConvBackwardWeights, float>(problem, device);
}

std::unique_ptr<Prepared<ConvBackwardWeights>> prepare_depthwise_backward_weights(const ConvProblem& problem,
                                                                                  Device&) {
  return std::make_unique<ConvBackwardWeightsReference<float>>(problem);
}

}  // namespace graft
