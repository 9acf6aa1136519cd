#pragma once

#include "kernels/batch_norm_fold/batch_norm_fold.h"
#include "kernels/kernel_entry.h"
#include "kernels/targets.h"

GRAFT_FOR_EACH_TARGET(void batch_norm_fold_forward_simt(const BatchNormFoldProblem&,
                                                        const BatchNormFoldForward::Args&, const RunContext&);
                      void batch_norm_fold_backward_simt(const BatchNormFoldProblem&,
                                                         const BatchNormFoldBackward::Args&,
                                                         const RunContext&);)
