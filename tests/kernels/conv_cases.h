#pragma once

#include <vector>

#include "kernels/conv/conv.h"
#include "support/compare.h"

namespace graft::test {

inline ConvProblem square_conv(int64_t n, int64_t size, int64_t c, int64_t k, int64_t filter,
                               int64_t stride = 1, int64_t pad = 0, int64_t groups = 1) {
  ConvProblem p{.n = n, .h = size, .w = size, .c = c, .k = k, .r = filter, .s = filter};
  p.stride_h = p.stride_w = stride;
  p.pad_top = p.pad_left = p.pad_bottom = p.pad_right = pad;
  p.groups = groups;
  return p;
}

// Ones, primes, and every feature that the architectures use.
inline std::vector<ConvProblem> conv_problems() {
  std::vector<ConvProblem> problems = {
      square_conv(1, 1, 1, 1, 1),
      square_conv(2, 7, 3, 5, 3, 1, 1),
      square_conv(3, 5, 17, 13, 1),
      square_conv(2, 8, 16, 24, 1, 2),
      square_conv(2, 15, 3, 16, 7, 2, 3),
      square_conv(1, 11, 32, 64, 3, 1, 1),
      square_conv(2, 9, 8, 8, 3, 1, 1, 8),
      square_conv(2, 13, 19, 19, 5, 2, 2, 19),
      square_conv(1, 12, 48, 48, 5, 1, 2, 48),
      square_conv(2, 10, 32, 32, 3, 2, 1, 32),
      square_conv(2, 6, 12, 20, 3, 1, 1, 4),
      square_conv(2, 6, 6, 12, 3, 1, 1, 6),
      square_conv(2, 4, 37, 41, 3, 3, 0),
      square_conv(2, 19, 3, 8, 3, 2, 1),
      square_conv(3, 10, 3, 48, 3, 1, 1),
      square_conv(1, 9, 20, 24, 1),
      square_conv(1, 9, 16, 16, 3, 2, 1, 4),
  };
  ConvProblem same = square_conv(2, 12, 16, 16, 3, 2);  // TensorFlow's SAME: more behind than before
  same.pad_bottom = same.pad_right = 1;
  problems.push_back(same);
  same.groups = 16;
  problems.push_back(same);
  same.c = 3, same.groups = 1;
  problems.push_back(same);
  ConvProblem five = square_conv(2, 14, 40, 40, 5, 2, 1, 40);
  five.pad_bottom = five.pad_right = 2;
  problems.push_back(five);
  ConvProblem dilated = square_conv(1, 13, 5, 7, 3, 1, 2);
  dilated.dilation_h = dilated.dilation_w = 2;
  problems.push_back(dilated);
  dilated.c = dilated.k = dilated.groups = 16;
  problems.push_back(dilated);
  problems.push_back({.n = 2,
                      .h = 7,
                      .w = 11,
                      .c = 3,
                      .k = 4,
                      .r = 1,
                      .s = 5,
                      .stride_h = 2,
                      .pad_left = 3,
                      .pad_right = 1});
  return problems;
}

inline Shape x_shape(const ConvProblem& p) { return {p.n, p.h, p.w, p.c}; }
inline Shape y_shape(const ConvProblem& p) { return {p.n, p.p(), p.q(), p.k}; }
inline Shape w_shape(const ConvProblem& p) { return {p.k, p.r, p.s, p.group_c()}; }

// visit(index of x, index of w, index of y) for every product of the convolution: the definition itself.
template <class Visit>
void for_each_product(const ConvProblem& p, const Visit& visit) {
  int64_t y = 0;
  for (int64_t n = 0; n < p.n; ++n)
    for (int64_t i = 0; i < p.p(); ++i)
      for (int64_t j = 0; j < p.q(); ++j)
        for (int64_t k = 0; k < p.k; ++k, ++y)
          for (int64_t r = 0; r < p.r; ++r)
            for (int64_t s = 0; s < p.s; ++s) {
              const int64_t h = i * p.stride_h - p.pad_top + r * p.dilation_h;
              const int64_t w = j * p.stride_w - p.pad_left + s * p.dilation_w;
              if (h < 0 || h >= p.h || w < 0 || w >= p.w) continue;
              const int64_t first = k / p.group_k() * p.group_c();
              for (int64_t c = 0; c < p.group_c(); ++c)
                visit(((n * p.h + h) * p.w + w) * p.c + first + c,
                      ((k * p.r + r) * p.s + s) * p.group_c() + c, y);
            }
}

inline OpCase<ConvForward> forward_case(const ConvProblem& p, const HostTensor& x, const HostTensor& w,
                                        const HostTensor& bias, const HostTensor& residual) {
  using Args = ConvForward::Args;
  OpCase<ConvForward> test{
      p, {{&Args::x, x}, {&Args::w, w}}, {}, {{&Args::y, zeros(y_shape(p))}}, {}, {&Args::w}, {}, {}};
  if (p.bias) {
    test.inputs.push_back({&Args::bias, bias});
    test.constants.push_back(&Args::bias);
  }
  if (p.residual) test.inputs.push_back({&Args::residual, residual});
  return test;
}

// The same to the middle of wider pixels: p.y_slice.
inline OpCase<ConvForward> slice_case(const ConvProblem& p, const HostTensor& x, const HostTensor& w,
                                      const HostTensor& bias) {
  OpCase<ConvForward> test = forward_case(p, x, w, bias, {});
  test.outputs = {{&ConvForward::Args::y, zeros({p.n * p.p() * p.q(), p.k})}};
  test.slices = {&ConvForward::Args::y};
  return test;
}

// What is in the slice; nothing may have been written beside it.
inline std::vector<double> inside_slice(const ConvProblem& p, const std::vector<double>& got,
                                        const std::string& what) {
  const int64_t wide = static_cast<int64_t>(got.size()) / (p.n * p.p() * p.q()), margin = (wide - p.k) / 2;
  REQUIRE(margin > 0);
  std::vector<double> inside;
  for (size_t i = 0; i < got.size(); ++i) {
    const int64_t k = static_cast<int64_t>(i) % wide - margin;
    if (k >= 0 && k < p.k)
      inside.push_back(got[i]);
    else
      REQUIRE_MESSAGE(std::isinf(got[i]), what, ": wrote beside the slice");
  }
  return inside;
}

inline OpCase<ConvBackwardData> backward_data_case(const ConvProblem& p, const HostTensor& dy,
                                                   const HostTensor& w) {
  using Args = ConvBackwardData::Args;
  return {p, {{&Args::dy, dy}, {&Args::w, w}}, {}, {{&Args::dx, zeros(x_shape(p))}}, {}, {&Args::w}, {}, {}};
}

inline OpCase<ConvBackwardWeights> backward_weights_case(const ConvProblem& p, const HostTensor& x,
                                                         const HostTensor& dy) {
  using Args = ConvBackwardWeights::Args;
  OpCase<ConvBackwardWeights> test{
      p, {{&Args::x, x}, {&Args::dy, dy}}, {}, {{&Args::dw, zeros(w_shape(p))}}, {}, {}, {}, {}};
  if (p.bias) test.outputs.push_back({&Args::dbias, zeros({p.k})});
  return test;
}

}  // namespace graft::test
