#pragma once

#include "kernels/kernel_entry.h"
#include "kernels/local_response_norm/local_response_norm.h"
#include "kernels/targets.h"

GRAFT_FOR_EACH_TARGET(void local_response_norm_forward_simt(const LocalResponseNormProblem&,
                                                            const LocalResponseNormForward::Args&,
                                                            const RunContext&);
                      void local_response_norm_backward_simt(const LocalResponseNormProblem&,
                                                             const LocalResponseNormBackward::Args&,
                                                             const RunContext&);)
