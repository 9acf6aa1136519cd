#pragma once

#include <algorithm>

#include "kernels/channel_scale/channel_scale.h"
#include "kernels/host_loops.h"
#include "kernels/host_vectors.h"
#include "kernels/reference.h"

namespace graft {

constexpr int64_t channel_rows_per_block = 64;

template <class T>
class ChannelScaleForwardReference : public Prepared<ChannelScaleForward> {
 public:
  explicit ChannelScaleForwardReference(const ChannelScaleProblem& problem) : p_(problem) {}

  void run(const ChannelScaleForward::Args& args, const RunContext&) override {
    const T* x = args.x.as<T>();
    const T* scale = args.scale.as<T>();
    const T* bias = p_.bias ? args.bias.as<T>() : nullptr;
    T* y = args.y.as<T>();
    for_each_block(p_.rows, channel_rows_per_block, [&](int64_t begin, int64_t end) {
      with_widest_vectors([&]() GRAFT_INLINE {
        for (int64_t i = begin * p_.c; i < end * p_.c; i += p_.c)
          for (int64_t k = 0; k < p_.c; ++k) y[i + k] = x[i + k] * scale[k] + (bias ? bias[k] : T(0));
      });
    });
  }

 private:
  ChannelScaleProblem p_;
};

template <class T>
class ChannelScaleBackwardReference : public Prepared<ChannelScaleBackward> {
 public:
  explicit ChannelScaleBackwardReference(const ChannelScaleProblem& problem) : p_(problem) {}

  size_t scratch_bytes() const override { return p_.wants_dscale ? row_sum_bytes(p_.rows, 2 * p_.c) : 0; }

  // The sums first: dx may take dy's place.
  void run(const ChannelScaleBackward::Args& args, const RunContext& context) override {
    if (p_.wants_dscale) sum(args, static_cast<double*>(context.scratch));
    if (!p_.wants_dx) return;
    const T* scale = args.scale.as<T>();
    const T* dy = args.dy.as<T>();
    T* dx = args.dx.as<T>();
    for_each_block(p_.rows, channel_rows_per_block, [&](int64_t begin, int64_t end) {
      with_widest_vectors([&]() GRAFT_INLINE {
        for (int64_t i = begin * p_.c; i < end * p_.c; i += p_.c)
          for (int64_t k = 0; k < p_.c; ++k) dx[i + k] = dy[i + k] * scale[k];
      });
    });
  }

 private:
  void sum(const ChannelScaleBackward::Args& args, double* partial) const {
    const T* x = args.x.as<T>();
    const T* dy = args.dy.as<T>();
    const int64_t c = p_.c;
    sum_over_rows(RowPieces(p_.rows), 2 * c, partial, [&](int64_t begin, int64_t end, double* sums) {
      for (int64_t i = begin * c; i < end * c; i += c)
        for (int64_t k = 0; k < c; ++k) {
          sums[k] += static_cast<double>(dy[i + k]) * static_cast<double>(x[i + k]);
          sums[c + k] += static_cast<double>(dy[i + k]);
        }
    });
    const auto round = [](double total) { return static_cast<T>(total); };
    std::transform(partial, partial + c, args.dscale.as<T>(), round);
    if (p_.bias) std::transform(partial + c, partial + 2 * c, args.dbias.as<T>(), round);
  }

  ChannelScaleProblem p_;
};

}  // namespace graft
