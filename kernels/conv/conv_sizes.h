#pragma once

#include "kernels/conv/conv.h"
#include "kernels/gemm/epilogue.h"
#include "kernels/row_stride.h"
#include "kernels/views.h"

namespace graft::GRAFT_TARGET {

// A ConvProblem as kernels want it: 32 bits, derived sizes included.
struct ConvSizes {
  int n, h, w, c, k, r, s;
  int stride_h, stride_w, pad_top, pad_left, dilation_h, dilation_w, groups;
  int p, q, group_c, group_k;
  int y_pitch;  // elements from one output pixel to the next

  GRAFT_DEVICE int64_t filter() const { return int64_t{r} * s * group_c; }
};

inline ConvSizes sizes_of(const ConvProblem& p) {
  const auto narrow = [](int64_t size) { return static_cast<int>(size); };
  return {narrow(p.n),          narrow(p.h),         narrow(p.w),        narrow(p.c),
          narrow(p.k),          narrow(p.r),         narrow(p.s),        narrow(p.stride_h),
          narrow(p.stride_w),   narrow(p.pad_top),   narrow(p.pad_left), narrow(p.dilation_h),
          narrow(p.dilation_w), narrow(p.groups),    narrow(p.p()),      narrow(p.q()),
          narrow(p.group_c()),  narrow(p.group_k()), narrow(p.k)};
}

// With y's own pitch, which may be a slice's.
inline ConvSizes sizes_of(const ConvProblem& p, const TensorView& y) {
  ConvSizes sizes = sizes_of(p);
  sizes.y_pitch = static_cast<int>(row_stride(y, p.k));
  return sizes;
}

// bias [K], residual like y.
template <class Element = float>
EpilogueOf<Element> epilogue_of(const ConvProblem& p, const ConvForward::Args& args) {
  return {p.bias ? floats(args.bias) : nullptr, p.residual ? elements<Element>(args.residual) : nullptr,
          p.activation};
}

}  // namespace graft::GRAFT_TARGET
