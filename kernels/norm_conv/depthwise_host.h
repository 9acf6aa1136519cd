#pragma once

#include "kernels/norm_conv/norm_conv.h"

namespace graft {

// Depthwise 3x3 and 5x5 on float32: rows of the map between norm and convolution are made when the filter
// comes to them, and dropped behind it.
std::string refuse_norm_conv_depthwise(const NormConvProblem& problem, const DeviceProperties& device);
std::unique_ptr<Prepared<NormConvForward>> prepare_norm_conv_forward_depthwise(const NormConvProblem& problem,
                                                                               Device& device);
std::unique_ptr<Prepared<NormConvBackward>> prepare_norm_conv_backward_depthwise(
    const NormConvBackward::Problem& problem, Device& device);

}  // namespace graft
