#pragma once

#include "kernels/gemm/dense.h"
#include "kernels/gemm/split_sums.h"
#include "kernels/kernel_entry.h"
#include "kernels/targets.h"

namespace graft {

SplitSum dense_weights_split(const DenseProblem& problem);
size_t dense_backward_weights_tiled_scratch(const DenseProblem& problem);

}  // namespace graft

GRAFT_FOR_EACH_TARGET(
    void dense_forward_tiled(const DenseProblem&, const DenseForward::Args&, const RunContext&);
    void dense_backward_data_tiled(const DenseProblem&, const DenseBackwardData::Args&, const RunContext&);
    void dense_backward_weights_tiled(const DenseProblem&, const DenseBackwardWeights::Args&,
                                      const RunContext&);)
