#pragma once

#include <algorithm>

#include "kernels/host_loops.h"
#include "kernels/host_vectors.h"
#include "kernels/prelu/prelu.h"
#include "kernels/reference.h"

namespace graft {

constexpr int64_t prelu_rows_per_block = 64;

template <class T>
class PreluForwardReference : public Prepared<PreluForward> {
 public:
  explicit PreluForwardReference(const PreluProblem& problem) : p_(problem) {}

  void run(const PreluForward::Args& args, const RunContext&) override {
    const T* x = args.x.as<T>();
    const T* slope = args.slope.as<T>();
    T* y = args.y.as<T>();
    for_each_block(p_.rows, prelu_rows_per_block, [&](int64_t begin, int64_t end) {
      with_widest_vectors([&]() GRAFT_INLINE {
        for (int64_t i = begin * p_.c; i < end * p_.c; i += p_.c)
          for (int64_t k = 0; k < p_.c; ++k) {
            const T value = x[i + k], below = slope[k] * value;
            y[i + k] = value > T(0) ? value : below;
          }
      });
    });
  }

 private:
  PreluProblem p_;
};

template <class T>
class PreluBackwardReference : public Prepared<PreluBackward> {
 public:
  explicit PreluBackwardReference(const PreluProblem& problem) : p_(problem) {}

  size_t scratch_bytes() const override { return p_.wants_dslope ? row_sum_bytes(p_.rows, p_.c) : 0; }

  // The sums first: dx may take dy's place.
  void run(const PreluBackward::Args& args, const RunContext& context) override {
    if (p_.wants_dslope) sum(args, static_cast<double*>(context.scratch));
    if (!p_.wants_dx) return;
    const T* x = args.x.as<T>();
    const T* slope = args.slope.as<T>();
    const T* dy = args.dy.as<T>();
    T* dx = args.dx.as<T>();
    for_each_block(p_.rows, prelu_rows_per_block, [&](int64_t begin, int64_t end) {
      with_widest_vectors([&]() GRAFT_INLINE {
        for (int64_t i = begin * p_.c; i < end * p_.c; i += p_.c)
          for (int64_t k = 0; k < p_.c; ++k) {
            const T gradient = dy[i + k], below = slope[k] * gradient;
            dx[i + k] = x[i + k] > T(0) ? gradient : below;
          }
      });
    });
  }

 private:
  void sum(const PreluBackward::Args& args, double* partial) const {
    const T* x = args.x.as<T>();
    const T* dy = args.dy.as<T>();
    const int64_t c = p_.c;
    sum_over_rows(RowPieces(p_.rows), c, partial, [&](int64_t begin, int64_t end, double* sums) {
      for (int64_t i = begin * c; i < end * c; i += c)
        for (int64_t k = 0; k < c; ++k)
          sums[k] += x[i + k] > T(0) ? 0.0 : static_cast<double>(dy[i + k]) * static_cast<double>(x[i + k]);
    });
    std::transform(partial, partial + c, args.dslope.as<T>(),
                   [](double total) { return static_cast<T>(total); });
  }

  PreluProblem p_;
};

}  // namespace graft
