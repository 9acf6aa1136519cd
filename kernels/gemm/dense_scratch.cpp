#include "kernels/column_sums.h"
#include "kernels/gemm/dense_kernels.h"

namespace graft {

SplitSum dense_weights_split(const DenseProblem& p) {
  return SplitSum(p.n, (p.outputs + 63) / 64 * ((p.inputs + 63) / 64), 256);
}

namespace {

// The sums of the bias come after the weights', and take their place.
size_t with_bias(const DenseProblem& p, size_t weights) {
  return std::max(weights, p.bias ? column_sum_bytes(p.n, p.outputs, 1) : 0);
}

}  // namespace

size_t dense_backward_weights_tiled_scratch(const DenseProblem& p) {
  return with_bias(p, dense_weights_split(p).scratch_bytes(p.outputs * p.inputs));
}
size_t dense_backward_weights_gemm_scratch(const DenseProblem& p) {
  return with_bias(p, dense_gemm_scratch<DenseBackwardWeights>(p));
}

SplitSum dense_gemv_split(const DenseProblem& p) { return SplitSum(p.outputs, (p.inputs + 127) / 128, 32); }
size_t dense_backward_data_gemv_scratch(const DenseProblem& p) {
  return dense_gemv_split(p).scratch_bytes(p.n * p.inputs);
}

}  // namespace graft
