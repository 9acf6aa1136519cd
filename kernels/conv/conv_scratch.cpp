#include "kernels/column_sums.h"
#include "kernels/conv/conv_kernels.h"

namespace graft {

namespace {

int64_t pixels(const ConvProblem& p) { return p.n * p.p() * p.q(); }

int64_t weights(const ConvProblem& p) { return p.k * p.r * p.s * p.group_c(); }

}  // namespace

size_t conv_weights_scratch(const ConvProblem& p, size_t weights) {
  return std::max(weights, p.bias ? column_sum_bytes(pixels(p), p.k, 1) : 0);
}

SplitSum conv_weights_tiled_split(const ConvProblem& p) {
  const int64_t tiles = p.groups * ((p.group_k() + 63) / 64) * ((p.r * p.s * p.group_c() + 63) / 64);
  return SplitSum(pixels(p), tiles, 256);
}

SplitSum conv_weights_grouped_split(const ConvProblem& p) {
  return SplitSum(pixels(p), (p.k * p.group_c() / 16 + 31) / 32 * p.r * ((p.s + 2) / 3), 256);
}

SplitSum conv_weights_direct_split(const ConvProblem& p) {
  return SplitSum(pixels(p), (p.k * p.group_c() + 31) / 32 * p.r * p.s, 256);
}

size_t conv_backward_weights_gemm_scratch(const ConvProblem& p) {
  return conv_weights_scratch(p, conv_gemm_scratch<ConvBackwardWeights>(p));
}
size_t conv_backward_weights_tiled_scratch(const ConvProblem& p) {
  return conv_weights_scratch(p, conv_weights_tiled_split(p).scratch_bytes(weights(p)));
}
size_t conv_backward_weights_grouped_scratch(const ConvProblem& p) {
  return conv_weights_scratch(p, conv_weights_grouped_split(p).scratch_bytes(weights(p)));
}
size_t conv_backward_weights_direct_scratch(const ConvProblem& p) {
  return conv_weights_scratch(p, conv_weights_direct_split(p).scratch_bytes(weights(p)));
}

}  // namespace graft
