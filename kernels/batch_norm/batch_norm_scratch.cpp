#include "kernels/batch_norm/batch_norm_kernels.h"
#include "kernels/column_sums.h"

namespace graft {

size_t batch_norm_forward_simt_scratch(const BatchNormProblem& p) {
  return p.batch_statistics ? column_sum_bytes(p.rows, p.c, 1) : 0;
}

// The partial sums, and the totals of two sums a channel.
size_t batch_norm_backward_simt_scratch(const BatchNormProblem& p) {
  return column_sum_bytes(p.rows, p.c, 2) + static_cast<size_t>(2 * p.c) * sizeof(double);
}

}  // namespace graft
