#pragma once

#include <cmath>

#include "kernels/batch_norm_fold/batch_norm_fold.h"
#include "kernels/host_loops.h"
#include "kernels/host_vectors.h"
#include "kernels/reference.h"

namespace graft {

template <class T>
double inverse_deviation(const TensorView& variance, int64_t k, double epsilon) {
  return 1 / std::sqrt(static_cast<double>(variance.as<T>()[k]) + epsilon);
}

template <class T>
class BatchNormFoldForwardReference : public Prepared<BatchNormFoldForward> {
 public:
  explicit BatchNormFoldForwardReference(const BatchNormFoldProblem& problem) : p_(problem) {}

  void run(const BatchNormFoldForward::Args& args, const RunContext&) override {
    for_each_index(p_.outputs, [&](int64_t k) {
      const double gain =
          static_cast<double>(args.scale.as<T>()[k]) * inverse_deviation<T>(args.variance, k, p_.epsilon);
      const double bias = p_.bias ? static_cast<double>(args.bias.as<T>()[k]) : 0;
      args.folded_bias.as<T>()[k] = static_cast<T>((bias - static_cast<double>(args.mean.as<T>()[k])) * gain +
                                                   static_cast<double>(args.shift.as<T>()[k]));
      const T* w = args.w.as<T>() + k * p_.per_output;
      T* folded = args.folded_w.as<T>() + k * p_.per_output;
      with_widest_vectors([&, factor = static_cast<T>(gain)]() GRAFT_INLINE {
        for (int64_t i = 0; i < p_.per_output; ++i) folded[i] = w[i] * factor;
      });
    });
  }

 private:
  BatchNormFoldProblem p_;
};

template <class T>
class BatchNormFoldBackwardReference : public Prepared<BatchNormFoldBackward> {
 public:
  explicit BatchNormFoldBackwardReference(const BatchNormFoldProblem& problem) : p_(problem) {}

  void run(const BatchNormFoldBackward::Args& args, const RunContext&) override {
    for_each_index(p_.outputs, [&](int64_t k) {
      const double inverse = inverse_deviation<T>(args.variance, k, p_.epsilon);
      const double gain = static_cast<double>(args.scale.as<T>()[k]) * inverse;
      T* dw = args.dw.as<T>() + k * p_.per_output;
      if (p_.wants_dscale) args.dscale.as<T>()[k] = static_cast<T>(slope(args, dw, k) * inverse);
      if (p_.bias)
        args.dbias.as<T>()[k] = static_cast<T>(static_cast<double>(args.dfolded_bias.as<T>()[k]) * gain);
      with_widest_vectors([&, factor = static_cast<T>(gain)]() GRAFT_INLINE {
        for (int64_t i = 0; i < p_.per_output; ++i) dw[i] *= factor;
      });
    });
  }

 private:
  // Of the loss over the gain.
  double slope(const BatchNormFoldBackward::Args& args, const T* dw, int64_t k) const {
    const T* w = args.w.as<T>() + k * p_.per_output;
    const double bias = p_.bias ? static_cast<double>(args.bias.as<T>()[k]) : 0;
    double sum = (bias - static_cast<double>(args.mean.as<T>()[k])) *
                 static_cast<double>(args.dfolded_bias.as<T>()[k]);
    with_widest_vectors([&]() GRAFT_INLINE {
      constexpr int64_t lanes = 16;
      double sums[lanes] = {};
      int64_t i = 0;
      for (; i + lanes <= p_.per_output; i += lanes)
        for (int64_t lane = 0; lane < lanes; ++lane)
          sums[lane] += static_cast<double>(w[i + lane]) * static_cast<double>(dw[i + lane]);
      for (; i < p_.per_output; ++i) sum += static_cast<double>(w[i]) * static_cast<double>(dw[i]);
      for (const double lane : sums) sum += lane;
    });
    return sum;
  }

  BatchNormFoldProblem p_;
};

}  // namespace graft
