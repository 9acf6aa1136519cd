#pragma once

#include <algorithm>
#include <cmath>

#include "kernels/host_loops.h"
#include "kernels/local_response_norm/local_response_norm.h"
#include "kernels/reference.h"

namespace graft {

constexpr int64_t response_rows_per_block = 16;

// Sum of term(j) over the channels [i - before, i + after] that exist.
template <class Term>
double response_window(int64_t c, int64_t i, int64_t before, int64_t after, const Term& term) {
  double sum = 0;
  for (int64_t j = std::max<int64_t>(i - before, 0); j <= std::min(i + after, c - 1); ++j) sum += term(j);
  return sum;
}

// s of channel i of a row.
template <class T>
double response_scale(const LocalResponseNormProblem& p, const T* x, int64_t i) {
  return p.k + p.alpha / static_cast<double>(p.size) *
                   response_window(p.c, i, p.size / 2, (p.size - 1) / 2, [&](int64_t j) {
                     return static_cast<double>(x[j]) * static_cast<double>(x[j]);
                   });
}

template <class T>
class LocalResponseNormForwardReference : public Prepared<LocalResponseNormForward> {
 public:
  explicit LocalResponseNormForwardReference(const LocalResponseNormProblem& problem) : p_(problem) {}

  void run(const LocalResponseNormForward::Args& args, const RunContext&) override {
    for_each_block(p_.rows, response_rows_per_block, [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) {
        const T* x = args.x.as<T>() + row * p_.c;
        T* y = args.y.as<T>() + row * p_.c;
        for (int64_t i = 0; i < p_.c; ++i)
          y[i] = static_cast<T>(static_cast<double>(x[i]) * std::pow(response_scale(p_, x, i), -p_.beta));
      }
    });
  }

 private:
  LocalResponseNormProblem p_;
};

// dx[j] = dy[j] s[j]^-beta - 2 alpha beta / size x[j] times the sum of dy[i] x[i] s[i]^(-beta - 1) over the
// windows i that j is in.
template <class T>
class LocalResponseNormBackwardReference : public Prepared<LocalResponseNormBackward> {
 public:
  explicit LocalResponseNormBackwardReference(const LocalResponseNormProblem& problem) : p_(problem) {}

  void run(const LocalResponseNormBackward::Args& args, const RunContext&) override {
    for_each_block(p_.rows, response_rows_per_block, [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row)
        differentiate(args.x.as<T>() + row * p_.c, args.dy.as<T>() + row * p_.c,
                      args.dx.as<T>() + row * p_.c);
    });
  }

 private:
  void differentiate(const T* x, const T* dy, T* dx) const {
    const double factor = 2 * p_.alpha * p_.beta / static_cast<double>(p_.size);
    for (int64_t j = 0; j < p_.c; ++j) {
      const double others = response_window(p_.c, j, (p_.size - 1) / 2, p_.size / 2, [&](int64_t i) {
        return static_cast<double>(dy[i]) * static_cast<double>(x[i]) *
               std::pow(response_scale(p_, x, i), -p_.beta - 1);
      });
      dx[j] = static_cast<T>(static_cast<double>(dy[j]) * std::pow(response_scale(p_, x, j), -p_.beta) -
                             factor * static_cast<double>(x[j]) * others);
    }
  }

  LocalResponseNormProblem p_;
};

}  // namespace graft
