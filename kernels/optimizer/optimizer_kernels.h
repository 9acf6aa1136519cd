#pragma once

#include "kernels/kernel_entry.h"
#include "kernels/optimizer/optimizer.h"
#include "kernels/targets.h"

namespace graft {

// One for each 1024 elements, and at most 512.
int64_t gradient_norm_blocks(const GradientNormProblem& problem);
size_t gradient_norm_simt_scratch(const GradientNormProblem& problem);

}  // namespace graft

GRAFT_FOR_EACH_TARGET(void sgd_simt(const SgdProblem&, const SgdUpdate::Args&, const RunContext&);
                      void adamw_simt(const AdamWProblem&, const AdamWUpdate::Args&, const RunContext&);
                      void average_simt(const AverageProblem&, const ParameterAverage::Args&,
                                        const RunContext&);
                      void gradient_norm_simt(const GradientNormProblem&, const GradientNorm::Args&,
                                              const RunContext&);)
