#pragma once

#include "kernels/elementwise/slice_gradient.h"
#include "kernels/kernel_entry.h"
#include "kernels/targets.h"

GRAFT_FOR_EACH_TARGET(void slice_gradient_simt(const SliceGradientProblem&, const SliceGradient::Args&,
                                               const RunContext&);)
