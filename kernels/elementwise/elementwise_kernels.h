#pragma once

#include "kernels/elementwise/elementwise.h"
#include "kernels/kernel_entry.h"
#include "kernels/targets.h"

GRAFT_FOR_EACH_TARGET(void add_wide(const AddProblem&, const Add::Args&, const RunContext&);
                      void add_simt(const AddProblem&, const Add::Args&, const RunContext&);
                      void copy_simt(const CopyProblem&, const Copy::Args&, const RunContext&);)
