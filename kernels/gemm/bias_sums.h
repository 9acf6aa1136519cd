#pragma once

#include "engine/op.h"
#include "kernels/column_sums.h"
#include "kernels/targets.h"

namespace graft {

inline size_t bias_sums_scratch(int64_t rows, int64_t columns) { return column_sum_bytes(rows, columns, 1); }

}  // namespace graft

// dbias[column] = sum over the rows of dy [rows, columns], float32 or bfloat16; dbias is float32. For the
// vendor's entries, whose libraries have no such sums of every type.
GRAFT_FOR_EACH_TARGET(void bias_sums(const TensorView& dy, int64_t rows, int64_t columns,
                                     const TensorView& dbias, const RunContext& context);)
