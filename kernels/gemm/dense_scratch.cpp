#include "kernels/column_sums.h"
#include "kernels/gemm/dense_kernels.h"

namespace graft {

SplitSum dense_weights_split(const DenseProblem& p) {
  return SplitSum(p.n, (p.outputs + 63) / 64 * ((p.inputs + 63) / 64), 256);
}

// The sums of the bias come after the weights', and take their place.
size_t dense_backward_weights_tiled_scratch(const DenseProblem& p) {
  const size_t weights = dense_weights_split(p).scratch_bytes(p.outputs * p.inputs);
  return std::max(weights, p.bias ? column_sum_bytes(p.n, p.outputs, 1) : 0);
}

}  // namespace graft
