#pragma once

#include "kernels/global_average/global_average.h"
#include "kernels/kernel_entry.h"
#include "kernels/targets.h"

namespace graft {

size_t global_average_backward_simt_scratch(const GlobalAverageProblem& problem);

}  // namespace graft

GRAFT_FOR_EACH_TARGET(void global_average_forward_simt(const GlobalAverageProblem&,
                                                       const GlobalAverageForward::Args&, const RunContext&);
                      void global_average_backward_simt(const GlobalAverageProblem&,
                                                        const GlobalAverageBackward::Args&,
                                                        const RunContext&);)
