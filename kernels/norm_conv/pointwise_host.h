#pragma once

#include "kernels/norm_conv/norm_conv.h"

namespace graft {

// Convolutions of single pixels to few outputs, on float32, where the library's time is memory's: a tile's
// normed pixels stay in the nearest cache for all products.
std::string refuse_norm_conv_pointwise(const NormConvProblem& problem, const DeviceProperties& device);
std::unique_ptr<Prepared<NormConvForward>> prepare_norm_conv_forward_pointwise(const NormConvProblem& problem,
                                                                               Device& device);
std::unique_ptr<Prepared<NormConvBackward>> prepare_norm_conv_backward_pointwise(
    const NormConvBackward::Problem& problem, Device& device);

}  // namespace graft
