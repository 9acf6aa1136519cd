#pragma once

#include "kernels/activation/activation.h"
#include "kernels/kernel_entry.h"
#include "kernels/targets.h"

namespace graft {

size_t activation_backward_simt_scratch(const ActivationProblem& problem);

}  // namespace graft

GRAFT_FOR_EACH_TARGET(void activation_forward_simt(const ActivationProblem&, const ActivationForward::Args&,
                                                   const RunContext&);
                      void activation_mask_simt(const ActivationProblem&, const ActivationMask::Args&,
                                                const RunContext&);
                      void activation_backward_simt(const ActivationProblem&, const ActivationBackward::Args&,
                                                    const RunContext&);)
