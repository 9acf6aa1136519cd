#pragma once

#include "kernels/kernel_entry.h"
#include "kernels/layer_norm/layer_norm.h"
#include "kernels/targets.h"

namespace graft {

size_t layer_norm_backward_simt_scratch(const LayerNormProblem& problem);

}  // namespace graft

GRAFT_FOR_EACH_TARGET(void layer_norm_forward_simt(const LayerNormProblem&, const LayerNormForward::Args&,
                                                   const RunContext&);
                      void layer_norm_backward_simt(const LayerNormProblem&, const LayerNormBackward::Args&,
                                                    const RunContext&);)
