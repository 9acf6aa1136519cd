#pragma once

#include <type_traits>

#include "kernels/conv/conv.h"
#include "kernels/gemm/gemm_shape.h"
#include "kernels/gemm/split_sums.h"
#include "kernels/kernel_entry.h"
#include "kernels/targets.h"

namespace graft {

// Kernels count coordinates in 32 bits; offsets have 64.
inline std::string refuse_large_conv(const ConvProblem& p) {
  constexpr int64_t most = 1 << 29;
  for (const int64_t size :
       {p.n, p.h, p.w, p.c, p.k, p.r * p.dilation_h, p.s * p.dilation_w, p.r * p.s * p.c})
    if (size > most) return text("a size of ", size, " is beyond ", most);
  return {};
}
template <class Op>
std::string refuse_conv(const ConvProblem& p, const DeviceProperties& device) {
  const std::string reason = refuse_large_conv(p);
  return reason.empty() ? refuse_other_than_float32<Op>(p, device) : reason;
}

// Scratch of a backward pass whose weights need so much: the sums of the bias come afterwards, in its place.
size_t conv_weights_scratch(const ConvProblem& problem, size_t weights);

// The first convolution of a network, from 3 channels. `parts`: of the weights' sum over the pixels.
template <class Op>
std::string refuse_conv_stem(const ConvProblem& problem, const DeviceProperties& device);
int64_t conv_stem_tiles(const ConvProblem& problem);
int64_t conv_stem_parts(const ConvProblem& problem);
size_t conv_backward_weights_stem_scratch(const ConvProblem& problem);

// 1x1 convolutions that are a product of two matrices.
template <class Op>
GemmShape conv_gemm_shape(const ConvProblem& p) {
  constexpr GemmForm form = std::is_same_v<Op, ConvForward>        ? GemmForm::nt
                            : std::is_same_v<Op, ConvBackwardData> ? GemmForm::nn
                                                                   : GemmForm::tn;
  return GemmShape::of_layer(form, p.n * p.h * p.w, p.c, p.k, p.dtype);
}
template <class Op>
std::string refuse_conv_gemm(const ConvProblem& p, const DeviceProperties&) {
  if (p.r != 1 || p.s != 1 || p.stride_h != 1 || p.stride_w != 1 || p.groups != 1 || p.p() != p.h ||
      p.q() != p.w)
    return "not a 1x1 filter of stride 1 without padding and groups";
  const std::string reason = conv_gemm_shape<Op>(p).refuse();
  return reason.empty() ? refuse_large_conv(p) : reason;
}
template <class Op>
size_t conv_gemm_scratch(const ConvProblem& problem) {
  return conv_gemm_shape<Op>(problem).scratch_bytes();
}

// Implicit GEMM: a product of the windows of an image, never written out, with the filters; see
// conv_implicit.cpp for its sizes.
template <class Op>
ProductPlan conv_implicit_plan(const ConvProblem& problem);
template <class Op>
size_t conv_implicit_scratch(const ConvProblem& problem);
template <class Op>
std::string refuse_conv_implicit(const ConvProblem& problem, const DeviceProperties& device);

// Grouped: narrow groups, in fours of channels.
template <class Op>
std::string refuse_conv_grouped(const ConvProblem& p, const DeviceProperties& device) {
  if (p.groups == 1) return "not in groups";
  if (p.group_c() % 4 || p.group_k() % 4)
    return text("groups of ", p.group_c(), " and ", p.group_k(), " channels are no fours");
  if (p.n * p.p() * p.q() >= 1LL << 31 || p.k * p.group_c() >= 1LL << 31)
    return "2^31 pixels or weights, or more";
  return refuse_conv<Op>(p, device);
}
SplitSum conv_weights_grouped_split(const ConvProblem& problem);
size_t conv_backward_weights_grouped_scratch(const ConvProblem& problem);

// Tiled: a matrix product over windows that are never written out. Direct: one thread an output, for all
// shapes.
template <class Op>
std::string refuse_narrow_groups(const ConvProblem& problem, const DeviceProperties& device) {
  const int64_t width = std::is_same_v<Op, ConvBackwardData> ? problem.group_c() : problem.group_k();
  if (width < 8) return text("direct is faster where a group has ", width, " channels");
  return refuse_conv<Op>(problem, device);
}

SplitSum conv_weights_tiled_split(const ConvProblem& problem);
SplitSum conv_weights_direct_split(const ConvProblem& problem);
size_t conv_backward_weights_gemm_scratch(const ConvProblem& problem);
size_t conv_backward_weights_tiled_scratch(const ConvProblem& problem);
size_t conv_backward_weights_direct_scratch(const ConvProblem& problem);

}  // namespace graft

GRAFT_FOR_EACH_TARGET(
    void conv_forward_grouped(const ConvProblem&, const ConvForward::Args&, const RunContext&);
    void conv_backward_data_grouped(const ConvProblem&, const ConvBackwardData::Args&, const RunContext&);
    void conv_backward_weights_grouped(const ConvProblem&, const ConvBackwardWeights::Args&,
                                       const RunContext&);
    void conv_forward_stem(const ConvProblem&, const ConvForward::Args&, const RunContext&);
    void conv_backward_weights_stem(const ConvProblem&, const ConvBackwardWeights::Args&, const RunContext&);
    template <Math math>
    void conv_forward_gemm(const ConvProblem&, const ConvForward::Args&, const RunContext&);
    template <Math math>
    void conv_backward_data_gemm(const ConvProblem&, const ConvBackwardData::Args&, const RunContext&);
    template <Math math>
    void conv_backward_weights_gemm(const ConvProblem&, const ConvBackwardWeights::Args&, const RunContext&);
    template <Math math>
    void conv_forward_implicit(const ConvProblem&, const ConvForward::Args&, const RunContext&);
    template <Math math>
    void conv_backward_data_implicit(const ConvProblem&, const ConvBackwardData::Args&, const RunContext&);
    template <Math math>
    void conv_backward_weights_implicit(const ConvProblem&, const ConvBackwardWeights::Args&,
                                        const RunContext&);
    void conv_forward_tiled(const ConvProblem&, const ConvForward::Args&, const RunContext&);
    void conv_backward_data_tiled(const ConvProblem&, const ConvBackwardData::Args&, const RunContext&);
    void conv_backward_weights_tiled(const ConvProblem&, const ConvBackwardWeights::Args&, const RunContext&);
    void conv_forward_direct(const ConvProblem&, const ConvForward::Args&, const RunContext&);
    void conv_backward_data_direct(const ConvProblem&, const ConvBackwardData::Args&, const RunContext&);
    void conv_backward_weights_direct(const ConvProblem&, const ConvBackwardWeights::Args&,
                                      const RunContext&);)
