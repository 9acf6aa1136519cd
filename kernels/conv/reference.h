#pragma once

#include "kernels/conv/depthwise_loops.h"
#include "kernels/conv/taps.h"
#include "kernels/gemm/host_gemm.h"
#include "kernels/host_loops.h"
#include "kernels/reference.h"

namespace graft {

// Plain loops: for every output row and every place in the filter, a small matrix product. Depthwise
// convolutions, where that product would be 1 wide, go along the channels instead.

template <class T>
class ConvForwardReference : public Prepared<ConvForward> {
 public:
  explicit ConvForwardReference(const ConvProblem& problem) : p_(problem) {}

  size_t scratch_bytes() const override { return p_.k * p_.r * p_.s * p_.group_c() * sizeof(T); }

  void run(const ConvForward::Args& args, const RunContext& context) override {
    T* packed = static_cast<T*>(context.scratch);
    const T* x = args.x.as<T>();
    T* y = args.y.as<T>();
    const T* bias = p_.bias ? args.bias.as<T>() : nullptr;
    const T* residual = p_.residual ? args.residual.as<T>() : nullptr;
    pack(args.w.as<T>(), packed);
    const int64_t row = p_.q() * p_.k;
    for_each_index(p_.n * p_.p(), [&](int64_t i) {
      std::vector<T> apart(p_.y_slice ? row : 0);
      T* to = p_.y_slice ? apart.data() : y + i * row;
      start_row(bias, residual ? residual + i * row : nullptr, to);
      const T* image = x + i / p_.p() * p_.h * p_.w * p_.c;
      if (p_.depthwise())
        depthwise_forward_row(p_, image, packed, i % p_.p(), to);
      else
        add_row(image, packed, i % p_.p(), to);
      if (p_.activation != Activation::none)
        for (int64_t j = 0; j < row; ++j) to[j] = activate(p_.activation, to[j]);
      for (int64_t q = 0; p_.y_slice && q < p_.q(); ++q)
        std::copy_n(to + q * p_.k, p_.k, y + (i * p_.q() + q) * row_stride(args.y, p_.k));
    });
  }

 private:
  // K,R,S,C to G,R,S,C,K (of a group); depthwise to R,S,K.
  void pack(const T* w, T* packed) const {
    const int64_t taps = p_.r * p_.s, c = p_.group_c(), k = p_.group_k();
    if (p_.depthwise()) return pack_depthwise(p_, w, packed);
    for_each_index(p_.groups * taps, [&](int64_t i) {
      const int64_t group = i / taps, tap = i % taps;
      for (int64_t ci = 0; ci < c; ++ci)
        for (int64_t ki = 0; ki < k; ++ki)
          packed[(i * c + ci) * k + ki] = w[((group * k + ki) * taps + tap) * c + ci];
    });
  }

  // The residual may be y itself, so it is what the sum starts from.
  void start_row(const T* bias, const T* residual, T* y) const {
    for (int64_t q = 0; q < p_.q(); ++q)
      for (int64_t k = 0; k < p_.k; ++k) {
        const int64_t at = q * p_.k + k;
        y[at] = (residual ? residual[at] : T(0)) + (bias ? bias[k] : T(0));
      }
  }

  void add_row(const T* image, const T* packed, int64_t p, T* y) const {
    const int64_t c = p_.group_c(), k = p_.group_k();
    for (int64_t r = 0; r < p_.r; ++r) {
      const Tap rows = row_tap(p_, r);
      if (p < rows.begin || p >= rows.end) continue;
      const T* x = image + rows.input(p) * p_.w * p_.c;
      for (int64_t s = 0; s < p_.s; ++s) {
        const Tap columns = column_tap(p_, s);
        for (int64_t g = 0; g < p_.groups && columns.count(); ++g)
          multiply_add<T>({columns.count(), k, c, x + columns.input(columns.begin) * p_.c + g * c,
                           p_.stride_w * p_.c, 1, packed + ((g * p_.r + r) * p_.s + s) * c * k, k,
                           y + columns.begin * p_.k + g * k, p_.k});
      }
    }
  }

  ConvProblem p_;
};

template <class T>
class ConvBackwardDataReference : public Prepared<ConvBackwardData> {
 public:
  explicit ConvBackwardDataReference(const ConvProblem& problem) : p_(problem) {}

  size_t scratch_bytes() const override { return p_.depthwise() ? p_.k * p_.r * p_.s * sizeof(T) : 0; }

  void run(const ConvBackwardData::Args& args, const RunContext& context) override {
    T* packed = static_cast<T*>(context.scratch);
    const T* dy = args.dy.as<T>();
    const T* w = args.w.as<T>();
    T* dx = args.dx.as<T>();
    if (p_.depthwise()) pack_depthwise(p_, w, packed);
    const int64_t row = p_.w * p_.c;
    for_each_index(p_.n * p_.h, [&](int64_t i) {
      std::fill(dx + i * row, dx + (i + 1) * row, T(0));
      const T* image = dy + i / p_.h * p_.p() * p_.q() * p_.k;
      if (p_.depthwise())
        depthwise_backward_row(p_, image, packed, i % p_.h, dx + i * row);
      else
        add_row(image, w, i % p_.h, dx + i * row);
    });
  }

 private:
  void add_row(const T* image, const T* w, int64_t h, T* dx) const {
    const int64_t c = p_.group_c(), k = p_.group_k(), filter = p_.r * p_.s * c;
    for (int64_t r = 0; r < p_.r; ++r) {
      const Tap rows = row_tap(p_, r);
      const int64_t p = (h - rows.first) / p_.stride_h;
      if (h < rows.first || rows.input(p) != h || p >= rows.end) continue;
      const T* dy = image + p * p_.q() * p_.k;
      for (int64_t s = 0; s < p_.s; ++s) {
        const Tap columns = column_tap(p_, s);
        for (int64_t g = 0; g < p_.groups && columns.count(); ++g)
          multiply_add<T>({columns.count(), c, k, dy + columns.begin * p_.k + g * k, p_.k, 1,
                           w + g * k * filter + (r * p_.s + s) * c, filter,
                           dx + columns.input(columns.begin) * p_.c + g * c, p_.stride_w * p_.c});
      }
    }
  }

  ConvProblem p_;
};

template <class T>
class ConvBackwardWeightsReference : public Prepared<ConvBackwardWeights> {
 public:
  explicit ConvBackwardWeightsReference(const ConvProblem& problem) : p_(problem) {}

  size_t scratch_bytes() const override {
    const size_t sums = p_.bias ? row_sum_bytes(p_.n * p_.p() * p_.q(), p_.k) : 0;
    return std::max(sums, p_.depthwise() ? depthwise_weights_scratch<T>(p_) : 0);
  }

  void run(const ConvBackwardWeights::Args& args, const RunContext& context) override {
    const T* x = args.x.as<T>();
    const T* dy = args.dy.as<T>();
    T* dw = args.dw.as<T>();
    if (p_.bias)
      column_sums(dy, p_.n * p_.p() * p_.q(), p_.k, static_cast<double*>(context.scratch),
                  args.dbias.as<T>());
    if (p_.depthwise()) return depthwise_backward_weights(p_, x, dy, static_cast<T*>(context.scratch), dw);
    constexpr int64_t block = 32;
    const int64_t blocks = (p_.group_k() + block - 1) / block;
    for_each_index(p_.groups * blocks * p_.r, [&](int64_t i) {
      const int64_t first = i / p_.r % blocks * block;
      add_filters(x, dy, i / p_.r / blocks, first, std::min(block, p_.group_k() - first), i % p_.r, dw);
    });
  }

 private:
  // Row r of filters [first, first + count) of a group.
  void add_filters(const T* x, const T* dy, int64_t group, int64_t first, int64_t count, int64_t r,
                   T* dw) const {
    const int64_t c = p_.group_c(), k = group * p_.group_k() + first, filter = p_.r * p_.s * c;
    T* out = dw + k * filter + r * p_.s * c;
    for (int64_t i = 0; i < count; ++i) std::fill(out + i * filter, out + i * filter + p_.s * c, T(0));
    const Tap rows = row_tap(p_, r);
    for (int64_t n = 0; n < p_.n; ++n)
      for (int64_t p = rows.begin; p < rows.end; ++p) {
        const T* x_row = x + (n * p_.h + rows.input(p)) * p_.w * p_.c + group * c;
        const T* dy_row = dy + (n * p_.p() + p) * p_.q() * p_.k + k;
        for (int64_t s = 0; s < p_.s; ++s) {
          const Tap columns = column_tap(p_, s);
          if (columns.count())
            multiply_add<T>({count, c, columns.count(), dy_row + columns.begin * p_.k, 1, p_.k,
                             x_row + columns.input(columns.begin) * p_.c, p_.stride_w * p_.c, out + s * c,
                             filter});
        }
      }
  }

  ConvProblem p_;
};

}  // namespace graft
