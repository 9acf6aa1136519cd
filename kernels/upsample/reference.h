#pragma once

#include <algorithm>

#include "kernels/host_loops.h"
#include "kernels/reference.h"
#include "kernels/upsample/upsample.h"

namespace graft {

template <class T>
class UpsampleForwardReference : public Prepared<UpsampleForward> {
 public:
  explicit UpsampleForwardReference(const UpsampleProblem& problem) : p_(problem) {}

  void run(const UpsampleForward::Args& args, const RunContext&) override {
    const T* x = args.x.as<T>();
    T* y = args.y.as<T>();
    const int64_t columns = p_.w * p_.factor;
    for_each_index(p_.n * p_.h * p_.factor, [&](int64_t row) {
      for (int64_t q = 0; q < columns; ++q)
        std::copy_n(x + (row / p_.factor * p_.w + q / p_.factor) * p_.c, p_.c,
                    y + (row * columns + q) * p_.c);
    });
  }

 private:
  UpsampleProblem p_;
};

template <class T>
class UpsampleBackwardReference : public Prepared<UpsampleBackward> {
 public:
  explicit UpsampleBackwardReference(const UpsampleProblem& problem) : p_(problem) {}

  void run(const UpsampleBackward::Args& args, const RunContext&) override {
    const T* dy = args.dy.as<T>();
    T* dx = args.dx.as<T>();
    for_each_index(p_.n * p_.h, [&](int64_t row) {
      for (int64_t q = 0; q < p_.w; ++q)
        for (int64_t k = 0; k < p_.c; ++k) dx[(row * p_.w + q) * p_.c + k] = square(dy, row, q, k);
    });
  }

 private:
  T square(const T* dy, int64_t row, int64_t q, int64_t k) const {
    double sum = 0;
    for (int64_t i = 0; i < p_.factor; ++i)
      for (int64_t j = 0; j < p_.factor; ++j)
        sum += static_cast<double>(
            dy[((row * p_.factor + i) * p_.w * p_.factor + q * p_.factor + j) * p_.c + k]);
    return static_cast<T>(sum);
  }

  UpsampleProblem p_;
};

}  // namespace graft
