#include "bench/conv_definition.h"

namespace graft::bench {

namespace {

// Where output row (or column) `out` and filter tap `tap` read, or -1 outside.
int64_t source(int64_t out, int64_t tap, int64_t stride, int64_t dilation, int64_t pad, int64_t size) {
  const int64_t at = out * stride - pad + tap * dilation;
  return at < size ? at : -1;
}

}  // namespace

double conv_forward_element(const ConvProblem& p, const Inputs& in, int64_t i) {
  const int64_t k = i % p.k, q = i / p.k % p.q(), row = i / p.k / p.q() % p.p(), n = i / p.k / p.q() / p.p();
  const int64_t first = k / p.group_k() * p.group_c();
  double sum = 0;
  for (int64_t r = 0; r < p.r; ++r)
    for (int64_t s = 0; s < p.s; ++s) {
      const int64_t h = source(row, r, p.stride_h, p.dilation_h, p.pad_top, p.h),
                    w = source(q, s, p.stride_w, p.dilation_w, p.pad_left, p.w);
      if (h < 0 || w < 0) continue;
      for (int64_t c = 0; c < p.group_c(); ++c)
        sum += double(in[0][((n * p.h + h) * p.w + w) * p.c + first + c]) *
               in[1][((k * p.r + r) * p.s + s) * p.group_c() + c];
    }
  return sum;
}

double conv_backward_data_element(const ConvProblem& p, const Inputs& in, int64_t i) {
  const int64_t c = i % p.c, w = i / p.c % p.w, h = i / p.c / p.w % p.h, n = i / p.c / p.w / p.h;
  const int64_t group = c / p.group_c();
  double sum = 0;
  for (int64_t r = 0; r < p.r; ++r)
    for (int64_t s = 0; s < p.s; ++s) {
      const int64_t top = h + p.pad_top - r * p.dilation_h, left = w + p.pad_left - s * p.dilation_w;
      if (top < 0 || left < 0 || top % p.stride_h || left % p.stride_w) continue;
      const int64_t row = top / p.stride_h, column = left / p.stride_w;
      if (row >= p.p() || column >= p.q()) continue;
      for (int64_t k = group * p.group_k(); k < (group + 1) * p.group_k(); ++k)
        sum += double(in[0][((n * p.p() + row) * p.q() + column) * p.k + k]) *
               in[1][((k * p.r + r) * p.s + s) * p.group_c() + c % p.group_c()];
    }
  return sum;
}

double conv_backward_weights_element(const ConvProblem& p, const Inputs& in, int64_t i) {
  const int64_t c = i % p.group_c(), s = i / p.group_c() % p.s, r = i / p.group_c() / p.s % p.r;
  const int64_t k = i / p.group_c() / p.s / p.r, channel = k / p.group_k() * p.group_c() + c;
  double sum = 0;
  for (int64_t n = 0; n < p.n; ++n)
    for (int64_t row = 0; row < p.p(); ++row)
      for (int64_t q = 0; q < p.q(); ++q) {
        const int64_t h = source(row, r, p.stride_h, p.dilation_h, p.pad_top, p.h),
                      w = source(q, s, p.stride_w, p.dilation_w, p.pad_left, p.w);
        if (h < 0 || w < 0) continue;
        sum += double(in[0][((n * p.h + h) * p.w + w) * p.c + channel]) *
               in[1][((n * p.p() + row) * p.q() + q) * p.k + k];
      }
  return sum;
}

}  // namespace graft::bench
