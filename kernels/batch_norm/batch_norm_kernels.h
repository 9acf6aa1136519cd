#pragma once

#include "kernels/batch_norm/batch_norm.h"
#include "kernels/kernel_entry.h"
#include "kernels/targets.h"

namespace graft {

size_t batch_norm_forward_simt_scratch(const BatchNormProblem& problem);
size_t batch_norm_backward_simt_scratch(const BatchNormProblem& problem);

}  // namespace graft

GRAFT_FOR_EACH_TARGET(void batch_norm_forward_simt(const BatchNormProblem&, const BatchNormForward::Args&,
                                                   const RunContext&);
                      void batch_norm_backward_simt(const BatchNormProblem&, const BatchNormBackward::Args&,
                                                    const RunContext&);)
