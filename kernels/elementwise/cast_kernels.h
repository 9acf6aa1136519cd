#pragma once

#include "kernels/elementwise/cast.h"
#include "kernels/kernel_entry.h"
#include "kernels/targets.h"

GRAFT_FOR_EACH_TARGET(void cast_simt(const CastProblem&, const Cast::Args&, const RunContext&);)
