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

// Parts of these, for kernels that make the rest themselves.
// Updates running_mean and running_variance, assigns mean and inverse_deviation. sums: row_sum_bytes(rows,
// 2 c).
void measure_batch(const BatchNormProblem& problem, const BatchNormForward::Args& args, double* sums);
// dx, dscale and dshift from [2, c] sums, of dy and of dy (x - mean), which it uses up. factors: [4, c].
void spread_batch_gradient(const BatchNormProblem& problem, const BatchNormBackward::Args& args, double* sums,
                           float* factors);

}  // namespace graft
