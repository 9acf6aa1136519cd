#pragma once

#include "kernels/dropout/dropout.h"
#include "kernels/kernel_entry.h"
#include "kernels/targets.h"

GRAFT_FOR_EACH_TARGET(void dropout_simt(const DropoutProblem&, const Dropout::Args&, const RunContext&);)
