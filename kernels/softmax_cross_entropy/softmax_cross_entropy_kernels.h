#pragma once

#include "kernels/kernel_entry.h"
#include "kernels/softmax_cross_entropy/softmax_cross_entropy.h"
#include "kernels/targets.h"

GRAFT_FOR_EACH_TARGET(void softmax_cross_entropy_simt(const SoftmaxCrossEntropyProblem&,
                                                      const SoftmaxCrossEntropy::Args&, const RunContext&);)
