#pragma once

#include "kernels/kernel_entry.h"
#include "kernels/targets.h"
#include "kernels/upsample/upsample.h"

GRAFT_FOR_EACH_TARGET(void upsample_forward_simt(const UpsampleProblem&, const UpsampleForward::Args&,
                                                 const RunContext&);
                      void upsample_backward_simt(const UpsampleProblem&, const UpsampleBackward::Args&,
                                                  const RunContext&);)
