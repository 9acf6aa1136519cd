#pragma once

#include "kernels/conv/conv.h"

namespace graft {

// Convolutions of single pixels, on float32, between few channels and many whose maps no cache holds: what
// takes time is memory, and the library goes through it at half its speed (112x112x16 to 96, batch 32, two
// threads: 14 ms in each direction where the maps could be read or written in 6).
template <class Op>
std::string refuse_thin(const ConvProblem& problem, const DeviceProperties& device);

std::unique_ptr<Prepared<ConvForward>> prepare_thin_forward(const ConvProblem& problem, Device& device);
std::unique_ptr<Prepared<ConvBackwardData>> prepare_thin_backward_data(const ConvProblem& problem,
                                                                       Device& device);
std::unique_ptr<Prepared<ConvBackwardWeights>> prepare_thin_backward_weights(const ConvProblem& problem,
                                                                             Device& device);

}  // namespace graft
