#include "kernels/batch_norm/batch_norm_kernels.h"
#include "kernels/column_sums.h"

namespace graft {

// Mean and squares of every slice.
size_t batch_norm_forward_simt_scratch(const BatchNormProblem& p) {
  return p.batch_statistics ? column_sum_bytes(p.rows, p.c, 2) : 0;
}

// Two floats a channel, then the partial sums.
size_t batch_norm_backward_simt_scratch(const BatchNormProblem& p) {
  return static_cast<size_t>(2 * p.c) * sizeof(float) + column_sum_bytes(p.rows, p.c, 2);
}

}  // namespace graft
