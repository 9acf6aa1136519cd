#pragma once

#include <ostream>

#include "engine/op.h"

namespace graft {

// Cross-entropy of softmax(logits) against targets (1 - smoothing) one-hot + smoothing / classes, weighted by
// class as PyTorch does: the sum over samples of -sum_c target_c weight_c log p_c, divided by the sum of the
// labels' weights.
struct SoftmaxCrossEntropyProblem {
  int64_t n, classes;
  double smoothing = 0;
  bool weighted = false;
  bool wants_gradient = true;
  DType dtype = DType::float32;
  friend std::ostream& operator<<(std::ostream& out, const SoftmaxCrossEntropyProblem& problem);
};

// Requires labels (int32) in [0, classes). Ensures losses[n], each sample's share: their sum is the batch's
// loss; and dlogits, the gradient of that sum (assigned). Of a label outside, entries that run on the host
// throw; kernels make that sample's loss and gradient NaN and read nothing by it.
struct SoftmaxCrossEntropy {
  static constexpr std::string_view name = "softmax_cross_entropy";
  using Problem = SoftmaxCrossEntropyProblem;
  struct Args {
    TensorView logits, labels, class_weights, losses, dlogits;
  };
};

template <>
std::span<const Implementation<SoftmaxCrossEntropy>> implementations();

}  // namespace graft
