#include "kernels/conv/conv_kernels.h"

namespace graft {

namespace {

constexpr int64_t most = 1LL << 31;

int64_t ceil(int64_t a, int64_t b) { return (a + b - 1) / b; }

// Of a sum over so many taps of so many channels: a step has one tap.
int64_t depth(const ConvProblem& p, int64_t taps, int64_t channels) {
  const int64_t step = slab_steps(p.dtype);
  return taps * ceil(channels, step) * step;
}

std::string refuse_width(const ConvProblem& p, int64_t width) {
  if (width % piece_of(p.dtype))
    return text("groups of ", width, " channels cannot be read ", piece_of(p.dtype), " at a time");
  if (p.groups > 1 && width < 32) return text("groups of ", width, " channels leave a tile empty");
  return {};
}

std::string refuse_filter(const ConvProblem& p) {
  if (p.r > 15 || p.s > 15) return text("a filter of ", p.r, "x", p.s, " has more than 15 taps in a row");
  if (p.k * p.r * p.s * p.group_c() >= most) return "2^31 weights or more";
  return {};
}

// A tile's 128 windows begin in one image, and are counted from there in 31 bits.
std::string refuse_reach(int64_t rows, int64_t columns, int64_t image_pixels, int64_t channels) {
  const int64_t images = 2 + 128 / std::max<int64_t>(image_pixels, 1);
  if (images * rows * columns * channels >= most) return "the images of a tile have 2^31 elements or more";
  return {};
}

std::string first_of(std::initializer_list<std::string> reasons) {
  for (const std::string& reason : reasons)
    if (!reason.empty()) return reason;
  return {};
}

}  // namespace

template <>
ProductPlan conv_implicit_plan<ConvForward>(const ConvProblem& p) {
  return {p.dtype,  p.n * p.p() * p.q(),           p.group_k(), depth(p, p.r * p.s, p.group_c()),
          p.groups, ProductPlan::Operands::windows};
}

// The pixels of one phase: see conv_backward_data_implicit.cu.
template <>
ProductPlan conv_implicit_plan<ConvBackwardData>(const ConvProblem& p) {
  return {p.dtype,
          p.n * ceil(p.h, p.stride_h) * ceil(p.w, p.stride_w),
          p.group_c(),
          depth(p, ceil(p.r, p.stride_h) * ceil(p.s, p.stride_w), p.group_k()),
          p.groups * p.stride_h * p.stride_w,
          ProductPlan::Operands::windows};
}

template <>
ProductPlan conv_implicit_plan<ConvBackwardWeights>(const ConvProblem& p) {
  return {p.dtype,
          p.group_k(),
          p.r * p.s * p.group_c(),
          p.n * p.p() * p.q(),
          p.groups,
          ProductPlan::Operands::windows};
}

template <>
size_t conv_implicit_scratch<ConvForward>(const ConvProblem& p) {
  return conv_implicit_plan<ConvForward>(p).scratch_bytes(p.n * p.p() * p.q() * p.k);
}
template <>
size_t conv_implicit_scratch<ConvBackwardData>(const ConvProblem& p) {
  return conv_implicit_plan<ConvBackwardData>(p).scratch_bytes(p.n * p.h * p.w * p.c);
}
template <>
size_t conv_implicit_scratch<ConvBackwardWeights>(const ConvProblem& p) {
  return conv_weights_scratch(
      p, conv_implicit_plan<ConvBackwardWeights>(p).scratch_bytes(p.k * p.r * p.s * p.group_c()));
}

template <>
std::string refuse_conv_implicit<ConvForward>(const ConvProblem& p, const DeviceProperties&) {
  if (p.groups > 1 && p.group_k() % 4)
    return text("groups of ", p.group_k(), " filters cannot be written four at a time");
  return first_of({refuse_large_conv(p), refuse_width(p, p.group_c()), refuse_filter(p),
                   refuse_reach(p.h + p.r * p.dilation_h, p.w + p.s * p.dilation_w, p.p() * p.q(), p.c)});
}

template <>
std::string refuse_conv_implicit<ConvBackwardData>(const ConvProblem& p, const DeviceProperties&) {
  return first_of({refuse_large_conv(p), refuse_width(p, p.group_k()), refuse_width(p, p.group_c()),
                   refuse_filter(p),
                   refuse_reach(p.p() + p.r * p.dilation_h, p.q() + p.s * p.dilation_w,
                                p.h * p.w / (p.stride_h * p.stride_w), p.k)});
}

template <>
std::string refuse_conv_implicit<ConvBackwardWeights>(const ConvProblem& p, const DeviceProperties&) {
  const bool small = p.n * (p.h + p.r * p.dilation_h) * (p.w + p.s * p.dilation_w) * p.c < most &&
                     p.n * p.p() * p.q() * p.k < most;
  return first_of({refuse_large_conv(p), refuse_width(p, p.group_k()), refuse_width(p, p.group_c()),
                   refuse_filter(p), small ? "" : "activations of 2^31 elements or more"});
}

}  // namespace graft
