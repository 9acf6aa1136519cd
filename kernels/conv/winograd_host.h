#pragma once

#include "kernels/conv/conv.h"

namespace graft {

// 3x3 convolutions by Winograd's F(4x4, 3x3), on float32: a quarter of the products (with what tiles reach
// over the maps' edges, a third), where the library sums all of them (56x56x64, batch 32, two threads: 12 ms
// against 24). An output's error is within the sum's bound of the largest output of its 4x4 tile.
template <class Op>
std::string refuse_winograd(const ConvProblem& problem, const DeviceProperties& device);

std::unique_ptr<Prepared<ConvForward>> prepare_winograd_forward(const ConvProblem& problem, Device& device);
std::unique_ptr<Prepared<ConvBackwardData>> prepare_winograd_backward_data(const ConvProblem& problem,
                                                                           Device& device);
std::unique_ptr<Prepared<ConvBackwardWeights>> prepare_winograd_backward_weights(const ConvProblem& problem,
                                                                                 Device& device);

}  // namespace graft
