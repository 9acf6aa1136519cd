#include "kernels/column_sums.h"
#include "kernels/conv/conv_kernels.h"

namespace graft {

int64_t conv_stem_tiles(const ConvProblem& p) { return p.n * ((p.p() + 7) / 8) * ((p.q() + 15) / 16); }

// Two blocks for each of an H100's 132 multiprocessors, whatever the device: the bits depend on it. Even, so
// that the doubles of their sum lie as they must.
int64_t conv_stem_parts(const ConvProblem& p) {
  const int64_t parts = std::min<int64_t>(conv_stem_tiles(p), 264);
  return parts > 1 ? parts / 2 * 2 : 1;
}

size_t conv_backward_weights_stem_scratch(const ConvProblem& p) {
  const int64_t parts = conv_stem_parts(p), weights = p.k * p.r * p.s * p.c;
  const size_t partial = static_cast<size_t>(parts * weights) * sizeof(float);
  return conv_weights_scratch(p, parts > 1 ? partial + column_sum_bytes(parts, weights, 1) : 0);
}

template <class Op>
std::string refuse_conv_stem(const ConvProblem& p, const DeviceProperties& device) {
  if (p.c != 3) return text("a stem has 3 channels, not ", p.c);
  if (p.groups != 1 || p.dilation_h != 1 || p.dilation_w != 1) return "a stem has no groups and no dilation";
  if (p.r > 7 || p.s > 7) return text("a filter of ", p.r, "x", p.s, " is beyond 7x7");
  if (p.stride_h > 2 || p.stride_w > 2) return "a stride is beyond 2";
  if (std::is_same_v<Op, ConvBackwardWeights> && p.k % 4)
    return text("gradients of ", p.k, " filters cannot be read four at a time");
  if (p.n * p.h * p.w >= 1LL << 31) return "2^31 pixels or more";
  return refuse_conv<Op>(p, device);
}

template std::string refuse_conv_stem<ConvForward>(const ConvProblem&, const DeviceProperties&);
template std::string refuse_conv_stem<ConvBackwardWeights>(const ConvProblem&, const DeviceProperties&);

}  // namespace graft
