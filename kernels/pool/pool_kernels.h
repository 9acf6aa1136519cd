#pragma once

#include "kernels/kernel_entry.h"
#include "kernels/pool/pool.h"
#include "kernels/targets.h"

GRAFT_FOR_EACH_TARGET(
    void pool_forward_simt(const PoolProblem&, const PoolForward::Args&, const RunContext&);
    void pool_backward_simt(const PoolProblem&, const PoolBackward::Args&, const RunContext&);
    void pool_forward_global(const PoolProblem&, const PoolForward::Args&, const RunContext&);
    void pool_backward_global(const PoolProblem&, const PoolBackward::Args&, const RunContext&);)
