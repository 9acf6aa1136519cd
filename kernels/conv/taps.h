#pragma once

#include <algorithm>

#include "kernels/conv/conv.h"

namespace graft {

// Which outputs along one axis a tap of the filter serves, and which input each of them reads.
struct Tap {
  int64_t begin, end;     // outputs whose input lies inside
  int64_t first, stride;  // output o reads input first + o * stride

  int64_t count() const { return std::max<int64_t>(end - begin, 0); }
  int64_t input(int64_t output) const { return first + output * stride; }
};

inline Tap make_tap(int64_t place, int64_t inputs, int64_t outputs, int64_t stride, int64_t pad,
                    int64_t dilation) {
  const int64_t first = place * dilation - pad;
  const int64_t begin = first >= 0 ? 0 : (-first + stride - 1) / stride;
  const int64_t end = first >= inputs ? 0 : std::min(outputs, (inputs - 1 - first) / stride + 1);
  return {begin, end, first, stride};
}

inline Tap row_tap(const ConvProblem& p, int64_t r) {
  return make_tap(r, p.h, p.p(), p.stride_h, p.pad_top, p.dilation_h);
}
inline Tap column_tap(const ConvProblem& p, int64_t s) {
  return make_tap(s, p.w, p.q(), p.stride_w, p.pad_left, p.dilation_w);
}

}  // namespace graft
