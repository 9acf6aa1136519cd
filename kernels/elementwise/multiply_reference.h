#pragma once

#include <algorithm>

#include "kernels/elementwise/multiply.h"
#include "kernels/host_loops.h"
#include "kernels/host_vectors.h"
#include "kernels/reference.h"

namespace graft {

// y = a times b, or times b's row of the picture.
template <class T>
void multiply_rows(const MultiplyProblem& p, bool broadcast, const T* a, const T* b, T* y) {
  const int64_t block = std::max<int64_t>(1, elements_per_block / std::max<int64_t>(p.c, 1));
  for_each_block(p.n * p.pixels, block, [&](int64_t begin, int64_t end) {
    with_widest_vectors([&]() GRAFT_INLINE {
      for (int64_t row = begin; row < end; ++row) {
        const T* factor = b + (broadcast ? row / p.pixels : row) * p.c;
        for (int64_t c = 0; c < p.c; ++c) y[row * p.c + c] = a[row * p.c + c] * factor[c];
      }
    });
  });
}

template <class T>
class MultiplyForwardReference : public Prepared<MultiplyForward> {
 public:
  explicit MultiplyForwardReference(const MultiplyProblem& problem) : p_(problem) {}

  void run(const MultiplyForward::Args& args, const RunContext&) override {
    multiply_rows<T>(p_, p_.broadcast, args.a.as<T>(), args.b.as<T>(), args.y.as<T>());
  }

 private:
  MultiplyProblem p_;
};

template <class T>
class MultiplyBackwardReference : public Prepared<MultiplyBackward> {
 public:
  explicit MultiplyBackwardReference(const MultiplyProblem& problem) : p_(problem) {}

  // One row of sums in double for each picture.
  size_t scratch_bytes() const override {
    return p_.broadcast && p_.wants_db ? static_cast<size_t>(p_.n * p_.c) * sizeof(double) : 0;
  }

  // db first: da may take dy's place.
  void run(const MultiplyBackward::Args& args, const RunContext& context) override {
    const T* dy = args.dy.as<T>();
    if (p_.wants_db && p_.broadcast) sum_products(args, context);
    if (p_.wants_db && !p_.broadcast) multiply_rows<T>(p_, false, dy, args.a.as<T>(), args.db.as<T>());
    if (p_.wants_da) multiply_rows<T>(p_, p_.broadcast, dy, args.b.as<T>(), args.da.as<T>());
  }

 private:
  void sum_products(const MultiplyBackward::Args& args, const RunContext& context) const {
    const T* a = args.a.as<T>();
    const T* dy = args.dy.as<T>();
    T* db = args.db.as<T>();
    double* sums = static_cast<double*>(context.scratch);
    for_each_index(p_.n, [&](int64_t n) {
      double* sum = sums + n * p_.c;
      std::fill_n(sum, p_.c, 0.0);
      for (int64_t row = n * p_.pixels; row < (n + 1) * p_.pixels; ++row)
        for (int64_t c = 0; c < p_.c; ++c)
          sum[c] += static_cast<double>(dy[row * p_.c + c]) * static_cast<double>(a[row * p_.c + c]);
      std::transform(sum, sum + p_.c, db + n * p_.c, [](double total) { return static_cast<T>(total); });
    });
  }

  MultiplyProblem p_;
};

}  // namespace graft
