#pragma once

#include "kernels/kernel_entry.h"
#include "kernels/prelu/prelu.h"
#include "kernels/targets.h"

namespace graft {

size_t prelu_backward_simt_scratch(const PreluProblem& problem);

}  // namespace graft

GRAFT_FOR_EACH_TARGET(void prelu_forward_simt(const PreluProblem&, const PreluForward::Args&,
                                              const RunContext&);
                      void prelu_backward_simt(const PreluProblem&, const PreluBackward::Args&,
                                               const RunContext&);)
