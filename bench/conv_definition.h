#pragma once

#include "bench/kernel_shape.h"
#include "kernels/conv/conv.h"

namespace graft::bench {

// One element of a pass's output, by the definition, in double. Inputs in the order of the pass's operands.
double conv_forward_element(const ConvProblem& p, const Inputs& x_w, int64_t i);
double conv_backward_data_element(const ConvProblem& p, const Inputs& dy_w, int64_t i);
double conv_backward_weights_element(const ConvProblem& p, const Inputs& x_dy, int64_t i);

}  // namespace graft::bench
