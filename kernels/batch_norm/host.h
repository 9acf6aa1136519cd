#pragma once

#include "kernels/batch_norm/batch_norm.h"

namespace graft {

// The same formulas as the reference in fewer passes over memory and in the processor's widest vectors: sums
// in double, elements in float.
std::string refuse_batch_norm_host(const BatchNormProblem& problem, const DeviceProperties& device);
std::unique_ptr<Prepared<BatchNormForward>> prepare_batch_norm_forward_host(const BatchNormProblem& problem,
                                                                            Device& device);
std::unique_ptr<Prepared<BatchNormBackward>> prepare_batch_norm_backward_host(const BatchNormProblem& problem,
                                                                              Device& device);

}  // namespace graft
