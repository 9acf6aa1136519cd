#pragma once

#include <algorithm>
#include <cmath>

#include "kernels/host_loops.h"
#include "kernels/host_vectors.h"
#include "kernels/layer_norm/layer_norm.h"
#include "kernels/reference.h"

namespace graft {

constexpr int64_t layer_norm_rows_per_block = 64;

template <class T>
class LayerNormForwardReference : public Prepared<LayerNormForward> {
 public:
  explicit LayerNormForwardReference(const LayerNormProblem& problem) : p_(problem) {}

  void run(const LayerNormForward::Args& args, const RunContext&) override {
    for_each_block(p_.rows, layer_norm_rows_per_block, [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) normalise(args, row);
    });
  }

 private:
  void normalise(const LayerNormForward::Args& args, int64_t row) const {
    const T* x = args.x.as<T>() + row * p_.c;
    const T* scale = args.scale.as<T>();
    const T* shift = args.shift.as<T>();
    T* y = args.y.as<T>() + row * p_.c;
    const double c = static_cast<double>(p_.c);
    double sum = 0, squares = 0;
    for (int64_t k = 0; k < p_.c; ++k) sum += static_cast<double>(x[k]);
    const double mean = sum / c;
    for (int64_t k = 0; k < p_.c; ++k)
      squares += (static_cast<double>(x[k]) - mean) * (static_cast<double>(x[k]) - mean);
    const double variance = squares / c;
    args.mean.as<T>()[row] = static_cast<T>(mean);
    args.variance.as<T>()[row] = static_cast<T>(variance);
    const T center = static_cast<T>(mean), inverse = static_cast<T>(1 / std::sqrt(variance + p_.epsilon));
    with_widest_vectors([&]() GRAFT_INLINE {
      for (int64_t k = 0; k < p_.c; ++k) y[k] = (x[k] - center) * inverse * scale[k] + shift[k];
    });
  }

  LayerNormProblem p_;
};

// With n = (x - mean) inverse and g = dy scale: dx = inverse (g - mean of g - n mean of g n).
template <class T>
class LayerNormBackwardReference : public Prepared<LayerNormBackward> {
 public:
  explicit LayerNormBackwardReference(const LayerNormProblem& problem) : p_(problem) {}

  size_t scratch_bytes() const override { return p_.wants_dscale ? row_sum_bytes(p_.rows, 2 * p_.c) : 0; }

  // The sums first: dx may take dy's place.
  void run(const LayerNormBackward::Args& args, const RunContext& context) override {
    if (p_.wants_dscale) sum(args, static_cast<double*>(context.scratch));
    if (!p_.wants_dx) return;
    for_each_block(p_.rows, layer_norm_rows_per_block, [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) differentiate(args, row);
    });
  }

 private:
  double inverse(const LayerNormBackward::Args& args, int64_t row) const {
    return 1 / std::sqrt(static_cast<double>(args.variance.as<T>()[row]) + p_.epsilon);
  }

  void differentiate(const LayerNormBackward::Args& args, int64_t row) const {
    const T* x = args.x.as<T>() + row * p_.c;
    const T* dy = args.dy.as<T>() + row * p_.c;
    const T* scale = args.scale.as<T>();
    T* dx = args.dx.as<T>() + row * p_.c;
    const double inverse = this->inverse(args, row), center = static_cast<double>(args.mean.as<T>()[row]);
    const double c = static_cast<double>(p_.c);
    double plain = 0, normed = 0;
    for (int64_t k = 0; k < p_.c; ++k) {
      const double g = static_cast<double>(dy[k]) * static_cast<double>(scale[k]);
      plain += g;
      normed += g * (static_cast<double>(x[k]) - center) * inverse;
    }
    plain /= c;
    normed /= c;
    for (int64_t k = 0; k < p_.c; ++k) {
      const double g = static_cast<double>(dy[k]) * static_cast<double>(scale[k]);
      dx[k] = static_cast<T>(inverse * (g - plain - (static_cast<double>(x[k]) - center) * inverse * normed));
    }
  }

  void sum(const LayerNormBackward::Args& args, double* partial) const {
    const T* mean = args.mean.as<T>();
    const int64_t c = p_.c;
    sum_over_rows(RowPieces(p_.rows), 2 * c, partial, [&](int64_t begin, int64_t end, double* sums) {
      for (int64_t row = begin; row < end; ++row) {
        const T* x = args.x.as<T>() + row * c;
        const T* dy = args.dy.as<T>() + row * c;
        const double inverse = this->inverse(args, row), center = static_cast<double>(mean[row]);
        for (int64_t k = 0; k < c; ++k) {
          sums[k] += static_cast<double>(dy[k]) * (static_cast<double>(x[k]) - center) * inverse;
          sums[c + k] += static_cast<double>(dy[k]);
        }
      }
    });
    const auto round = [](double total) { return static_cast<T>(total); };
    std::transform(partial, partial + c, args.dscale.as<T>(), round);
    std::transform(partial + c, partial + 2 * c, args.dshift.as<T>(), round);
  }

  LayerNormProblem p_;
};

}  // namespace graft
