#pragma once

#include "kernels/conv/conv.h"

namespace graft {

// Our loops on the CPU, where they beat the library.

// Forward on bfloat16 in memory: the library's path for that is slower than its own for float32. Filters, and
// the input too, may be float32, which the library does not mix.
std::string refuse_depthwise_forward_bf16(const ConvProblem& problem, const DeviceProperties& device);
std::unique_ptr<Prepared<ConvForward>> prepare_depthwise_forward_bf16(const ConvProblem& problem,
                                                                      Device& device);

// oneDNN 2.6 has no kernel of its own for filters wider than 3 (5x5 on 28x28x240, batch 32, two threads:
// 2.0 ms against 21), and in a step, where nothing is in the caches, none as fast for 3x3 (all of
// MobileNetV2's: 34 ms against 47).
std::string refuse_depthwise_backward_weights(const ConvProblem& problem, const DeviceProperties& device);
std::unique_ptr<Prepared<ConvBackwardWeights>> prepare_depthwise_backward_weights(const ConvProblem& problem,
                                                                                  Device& device);

}  // namespace graft
